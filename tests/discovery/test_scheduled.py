from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from probed.discovery import scheduled
from probed.host import crontabs, package_files
from probed.host.crontabs import Job


@pytest.mark.parametrize(
    ("times", "longest"),
    [
        ("0 */4 * * *", timedelta(hours=4)),
        ("30 2 * * *", timedelta(days=1)),
        ("0 8-17 * * mon-fri", timedelta(hours=15, days=2)),
        ("0 3 * * 0", timedelta(days=7)),
        ("0 3 1 1 *", timedelta(days=365)),
    ],
)
def test_the_longest_pause_of_a_job_is_that_of_its_next_runs(times: str, longest: timedelta) -> None:
    pause_s = scheduled._pause_of_job(Job(times, "/bin/true", "/etc/crontab"))

    assert pause_s == pytest.approx(longest.total_seconds(), rel=0.01, abs=3600)  # a night may skip an hour


def test_values_of_variables_are_put_in_as_far_as_they_can_be_told() -> None:
    known = {"A": "/srv", "B": '"$A/b"', "C": "$(date +%F)"}

    assert scheduled.with_values("$B/${C}/$D", known) == "/srv/b/$(date +%F)/$D"


def test_programs_and_what_is_no_script_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\x7fELF borg create /srv/x::y")
    (tmp_path / "script").write_text("#!/bin/sh\nborg create /srv/x::y\n")

    assert "/srv/x" not in scheduled.text_of(f"{tmp_path}/binary")
    assert "/srv/x" in scheduled.text_of(f"{tmp_path}/script")


def test_tables_as_their_package_brought_them_are_nobodys_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("shipped", "mine"):
        (tmp_path / name).write_text(f"0 1 * * * root /usr/bin/{name}\n")
    monkeypatch.setattr(
        package_files, "as_shipped", lambda paths: {path: "p" for path in paths if path.endswith("shipped")}
    )

    assert [job.command for job in crontabs.jobs([tmp_path], [])] == ["/usr/bin/mine"]

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

from probed.agent.probes.packages_changed import PROBE
from probed.errors import NotHere
from probed.host import package_changes
from tests.agent.probes.asking import ask, rows_of
from tests.real.users import as_nobody


def line(ago_s: float, words: str) -> str:
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(time.time() - ago_s))} {words}\n"


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    changes_since = package_changes.changes_since
    monkeypatch.setattr(package_changes, "changes_since", lambda at: changes_since(at, tmp_path))
    return tmp_path


async def test_changes_are_told_newest_first_from_the_rotated_logs_too(logs: Path) -> None:
    (logs / "dpkg.log").write_text(
        line(60, "startup archives unpack")
        + line(50, "upgrade libc6:amd64 2.36-9 2.36-10")
        + line(40, "status installed libc6:amd64 2.36-10")
        + "torn lin"
    )
    (logs / "dpkg.log.1").write_text(line(5000, "install nginx:amd64 <none> 1.22.1-9"))
    (logs / "dpkg.log.2.gz").write_bytes(gzip.compress(line(9000, "remove apache2:amd64 2.4 <none>").encode()))
    (logs / "dpkg.log.4").write_text(line(100 * 86400, "install old:all <none> 1"))

    rows = rows_of(await ask(PROBE))

    assert [(row["action"], row["package"], row["before"], row["after"]) for row in rows] == [
        ("upgrade", "libc6:amd64", "2.36-9", "2.36-10"),
        ("install", "nginx:amd64", "", "1.22.1-9"),
        ("remove", "apache2:amd64", "2.4", ""),
    ]
    assert [row["package"] for row in rows_of(await ask(PROBE, name="nginx", days=1))] == ["nginx:amd64"]
    assert len(rows_of(await ask(PROBE, days=365))) == 4


@pytest.mark.parametrize("damage", ["no gzip", "cut", "garbled"])
async def test_a_broken_log_is_named_and_the_others_are_told(logs: Path, damage: str) -> None:
    whole = gzip.compress(line(9000, "remove apache2:amd64 2.4 <none>").encode() * 50)
    garbled = whole[:12] + b"\xff" * 30 + whole[42:]
    (logs / "dpkg.log").write_text(line(60, "upgrade libc6:amd64 2.36-9 2.36-10"))
    (logs / "dpkg.log.2.gz").write_bytes({"no gzip": b"no gzip", "cut": whole[:-9], "garbled": garbled}[damage])

    answer = await ask(PROBE)

    assert [row["package"] for row in rows_of(answer)] == ["libc6:amd64"]
    assert answer["note"] == f"{logs}/dpkg.log.2.gz: broken, what stands there is not told"


async def test_nothing_changed_is_said(logs: Path) -> None:
    (logs / "dpkg.log").touch()

    assert "nothing was changed" in (await ask(PROBE))["note"]


async def test_a_log_that_may_not_be_read_names_the_remedy(logs: Path) -> None:
    (logs / "dpkg.log").write_text(line(1, "install a <none> 1"))
    (logs / "dpkg.log").chmod(0o600)
    for folder in (logs, *logs.parents):
        folder.chmod(folder.stat().st_mode | 0o011)

    with as_nobody(), pytest.raises(NotHere, match=r"dpkg\.log"):
        await ask(PROBE)


def test_a_host_with_rpm_tells_what_is_there_since_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian's rpm has an empty database: its answer is recorded."""
    (tmp_path / "rpm").write_text(
        f"#!/bin/sh\necho '{time.time() - 50:.0f} bash 5.2-1'\necho '7 old 1-1'\necho broken\n"
    )
    (tmp_path / "rpm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    (found,) = package_changes.changes_since(time.time() - 100, tmp_path).changes

    assert (found.action, found.package, found.after) == ("install", "bash", "5.2-1")


def test_a_host_without_records_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotHere, match="record of the packages"):
        package_changes.changes_since(0, tmp_path)

from __future__ import annotations

from pathlib import Path

import pytest

from probed.agent.probes.cron import PROBE
from probed.host import crontabs
from tests.agent.probes.asking import ask, rows_of
from tests.real.users import as_nobody

TABLE = """\
# a comment
SHELL=/bin/sh
17 * * * * root cd / && run-parts --report /etc/cron.hourly
@daily backup /usr/bin/backup --password=hunter2
0 3 * * * root cd /srv && mysqldump -phunter2 shop | curl -ubob:hunter2 -T - https://b.example.org
broken
"""


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "crontab").write_text(TABLE)
    (tmp_path / "users").mkdir()
    (tmp_path / "users" / "ann").write_text("*/5 * * * * mysqldump -phunter2 shop\n")
    (tmp_path / "cron.daily").mkdir()
    (tmp_path / "cron.daily" / "logrotate").touch()
    system, users, lines, scripts = (tmp_path / "crontab",), (tmp_path / "users",), crontabs.lines, crontabs.scripts
    unreadable = crontabs.unreadable
    monkeypatch.setattr(crontabs, "lines", lambda: lines(system, users))
    monkeypatch.setattr(crontabs, "scripts", lambda: scripts(tmp_path))
    monkeypatch.setattr(crontabs, "unreadable", lambda: unreadable(users))
    return tmp_path


async def test_every_table_is_told_with_its_user_and_without_its_secrets(tables: Path) -> None:
    answer = await ask(PROBE)

    assert [(row["times"], row["user"], row["command"], row["line"]) for row in rows_of(answer)] == [
        ("17 * * * *", "root", "cd / && run-parts --report /etc/cron.hourly", 3),
        ("@daily", "backup", "/usr/bin/backup --password=***secret***", 4),
        (
            "0 3 * * *",
            "root",
            "cd /srv && mysqldump -p***secret*** shop | curl -ubob:***secret*** -T - https://b.example.org",
            5,
        ),
        ("*/5 * * * *", "ann", "mysqldump -p***secret*** shop", 1),
        ("@daily", "root", f"{tables}/cron.daily/logrotate", None),
    ]
    assert [row["user"] for row in rows_of(await ask(PROBE, contains="mysqldump -p"))] == ["root", "ann"]


@pytest.mark.parametrize("contains", ["hunter2", "password=h", "-ph", "bob:h"])
async def test_what_is_masked_cannot_be_asked_for_letter_by_letter(tables: Path, contains: str) -> None:
    assert (await ask(PROBE, contains=contains))["rows"] == []


async def test_tables_that_may_not_be_read_are_named(tables: Path) -> None:
    (tables / "users").chmod(0o700)
    for folder in (tables, *tables.parents):
        folder.chmod(folder.stat().st_mode | 0o055)

    with as_nobody():
        answer = await ask(PROBE)

    assert answer["note"] == f"the tables in {tables}/users may not be read"
    assert "ann" not in str(answer["rows"])


async def test_a_table_that_is_a_pipe_is_passed_over(tables: Path) -> None:
    (tables / "crontab").unlink()
    (tables / "crontab").symlink_to("/dev/zero")

    assert [row["user"] for row in rows_of(await ask(PROBE))] == ["ann", "root"]

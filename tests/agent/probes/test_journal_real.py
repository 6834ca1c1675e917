"""The journal, and who logged in by it, read with systemd's own program from a journal that it wrote."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from probed.agent.probes import journal as journal_probe
from probed.agent.probes.logins import PROBE as LOGINS
from probed.agent.probes.table import Table
from probed.errors import HostFailed, NotHere
from probed.host import journal as host_journal
from tests.agent.arrange import ImmediateWorkers
from tests.agent.probes.asking import ask, rows_of
from tests.conftest import require
from tests.real.journal import Journal

KEY = ["-----BEGIN PRIVATE KEY-----", *["MIIEowIBAAKCAQEAwJ7m8Zk1Qh0dXq3v6TzB9cYfR2uWnPpLsKxEa5oHtGi4Nj8D"] * 3]


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    """In the place of the host's own."""
    program = shutil.which("journalctl")
    require("journalctl", present=program is not None)
    made = Journal(tmp_path / "journal")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "journalctl").write_text(f'#!/bin/sh\nexec {program} --directory={made.folder} "$@"\n')
    (tmp_path / "bin" / "journalctl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    return made


async def pages(**arguments: object) -> list[list[str]]:
    table: Table | None = await journal_probe.PROBE.answer(arguments, ImmediateWorkers(), 5)
    found = []
    while table:
        found.append([str(row[3]) for row in table.rows])
        table = table.more() if table.more else None
    return found


async def test_it_is_paged_back_without_a_gap_while_it_is_written(journal: Journal) -> None:
    journal.write(*(f"line {number}" for number in range(25)))
    first: Table = await journal_probe.PROBE.answer({"lines": 10}, ImmediateWorkers(), 5)
    journal.write("new")
    assert first.more
    second = first.more()
    assert second.more
    third = second.more()

    lines = [str(row[3]) for table in (first, second, third) for row in table.rows]
    assert lines == [f"line {number}" for number in reversed(range(25))]
    assert third.more is None


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"contains": "line [13]$"}, ["line 3", "line 1"]),
        ({"priority": "err"}, ["bad"]),
        ({"unit": "a.service"}, ["a"]),
    ],
)
async def test_what_narrows_the_question_holds_on_every_page(
    journal: Journal, arguments: dict[str, object], expected: list[str]
) -> None:
    journal.write(*(f"line {number}" for number in range(5)))
    journal.write("bad", PRIORITY=3)
    journal.write("a", _SYSTEMD_UNIT="a.service")

    found = await pages(lines=1, **arguments)

    assert [line for page in found for line in page] == expected


@pytest.mark.parametrize("contains", ["password=h", "hunter2", r"password=[^*]", "hunter|nothing"])
async def test_what_is_masked_cannot_be_asked_for_letter_by_letter(journal: Journal, contains: str) -> None:
    journal.write("login with password=hunter2")

    assert await pages(contains=contains) == []
    assert await pages(contains=r"password=\*") == [["login with password=***secret***"]]


async def test_a_search_goes_as_far_back_as_its_time_and_then_on(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_journal, "MAX_LINES", 3)
    journal.write(*(f"line {number}" for number in range(10)))

    at_once = await pages(contains="line 0")
    monkeypatch.setattr(journal_probe, "WITHIN_S", 0.0)
    table: Table = await journal_probe.PROBE.answer({"contains": "line 0"}, ImmediateWorkers(), 5)

    assert at_once == [["line 0"]]
    assert table.rows == []
    assert "and not yet further" in table.note
    assert await pages(contains="line 0") == [[], [], [], ["line 0"]]


async def test_what_was_removed_meanwhile_is_said(journal: Journal) -> None:
    journal.write(*(f"line {number}" for number in range(5)))
    table: Table = await journal_probe.PROBE.answer({"lines": 2}, ImmediateWorkers(), 5)
    assert table.more
    for file in journal.folder.iterdir():
        file.unlink()
    journal.write("new")

    with pytest.raises((HostFailed, NotHere)):
        table.more()


async def test_a_key_that_was_logged_line_by_line_is_hidden(journal: Journal) -> None:
    journal.write(*KEY, "-----END PRIVATE KEY-----", "after")

    assert all("MIIE" not in line for page in await pages(lines=2) for line in page)


async def test_who_logged_in_is_told_and_who_tried(journal: Journal) -> None:
    said: Callable[..., None] = journal.write
    said("Failed password for root from 192.0.2.7 port 4000 ssh2", SYSLOG_IDENTIFIER="sshd")
    said("Failed password for invalid user hunter2 from 192.0.2.7 port 4001 ssh2", SYSLOG_IDENTIFIER="sshd")
    said("Accepted publickey for ann from 198.51.100.2 port 4002 ssh2: ED25519 x", SYSLOG_IDENTIFIER="sshd")
    said("Accepted publickey for evil from 203.0.113.1 port 1 ssh2", SYSLOG_IDENTIFIER="app")

    rows = rows_of(await ask(LOGINS))

    assert sorted((row["succeeded"], row["user"], row["source"]) for row in rows if row["user"]) == [
        (False, "root", "192.0.2.7"),
        (True, "ann", "198.51.100.2"),
    ]
    assert "hunter2" not in str(rows)
    assert [row["user"] for row in rows_of(await ask(LOGINS, kind="succeeded"))] == ["ann"]
    assert [row["user"] for row in rows_of(await ask(LOGINS, kind="failed", contains="root"))] == ["root"]


async def test_without_any_record_of_logins_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotHere, match="the journal"):
        await ask(LOGINS)

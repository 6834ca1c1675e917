"""With systemd's own programs: what is written to a journal is read back from it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from probed.errors import CortexError
from probed.own_log import journal
from probed.own_log.entry import Line
from tests.real.journal import Journal

UNIT = {"_SYSTEMD_UNIT": journal.UNIT, "SYSLOG_IDENTIFIER": "probed"}
HEAD = "2026-01-31T10:20:30.123+00:00"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    """The journal that `journalctl` reads."""
    kept = Journal(tmp_path / "journal")
    answers(tmp_path, monkeypatch, f'exec "$REAL" --directory={kept.folder} "$@"')
    return kept


def answers(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    programs = folder / "bin"
    programs.mkdir()
    (programs / "journalctl").write_text(f"#!/bin/sh\nREAL=/usr/bin/journalctl\n{script}\n")
    (programs / "journalctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")


def at_once(since: datetime | None = None) -> list[Line]:
    read = journal.read(of_user=False, since=since, follow=False, is_over=lambda: False)
    return [line for line in read if line]


def test_an_entry_of_several_lines_is_understood_and_systemd_is_heard_too(kept: Journal) -> None:
    kept.write(f"{HEAD} ERROR   [01run] it broke", "    Traceback", "    ValueError: x", PRIORITY=3, **UNIT)
    kept.write("not ours", _SYSTEMD_UNIT="other.service")
    as_json = {"at": HEAD, "level": "warning", "run": None, "where": "a", "message": "as JSON"}
    kept.write(json.dumps(as_json), **UNIT)
    kept.write("Main process exited", PRIORITY=5, **UNIT | {"SYSLOG_IDENTIFIER": "systemd"})

    said = datetime.fromisoformat(HEAD)
    *ours, systemds = at_once()
    assert ours == [
        Line(said, "error", "01run", "it broke"),
        Line(said, "error", "01run", "    Traceback"),
        Line(said, "error", "01run", "    ValueError: x"),
        Line(said, "warning", "", "as JSON", "a"),
    ]
    assert (systemds.level, systemds.text, systemds.where) == ("info", "Main process exited", "systemd")


def test_what_is_older_is_not_asked_for(kept: Journal) -> None:
    kept.write(f"{HEAD} INFO    [-] old", **UNIT)

    assert at_once(datetime(2100, 1, 1, tzinfo=UTC)) == []


def test_what_comes_is_read_until_it_is_over(kept: Journal) -> None:
    kept.write(f"{HEAD} INFO    [-] first", **UNIT)
    over = False
    reading = journal.read(of_user=False, since=None, follow=True, is_over=lambda: over)

    assert next(line for line in reading if line).text == "first"
    kept.write(f"{HEAD} INFO    [-] second", **UNIT)
    assert next(line for line in reading if line).text == "second"
    over = True

    assert [line for line in reading if line] == []


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'Hint: You are currently not seeing messages from other users and the system.' >&2", "try it with sudo"),
        ("echo 'No journal files were opened due to insufficient permissions.' >&2; exit 1", "try it with sudo"),
        ("echo 'Failed to open the journal: broken' >&2; exit 1", "journalctl: Failed to open the journal: broken"),
        ("echo 'No journal files were found.' >&2", "journalctl: No journal files were found"),
    ],
)
def test_who_may_not_read_it_is_told_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    answers(tmp_path, monkeypatch, script)

    with pytest.raises(CortexError, match=reason):
        at_once()


def test_a_file_of_the_journal_that_was_cut_off_does_not_hide_the_others(
    kept: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a loss of power leaves one."""
    monkeypatch.setattr(journal, "PAUSE_S", 0.0)  # it is looked at what was said while the rest is waited for, too
    kept.write(f"{HEAD} INFO    [-] whole", **UNIT)
    with (tmp_path / "bin" / "journalctl").open("w") as script:
        warning = "Journal file /var/log/journal/a/system.journal is truncated, ignoring file."
        script.write(f"#!/bin/sh\necho '{warning}' >&2\n/usr/bin/journalctl --directory={kept.folder} \"$@\"\n")

    assert [line.text for line in at_once()] == ["whole"]


def test_without_a_journal_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CortexError, match="journalctl cannot be started: No such file or directory"):
        at_once()

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from probed.errors import HostFailed, NotHere
from probed.host import journal
from probed.host.command import Completed, run_command
from tests.host.scripted import Scripted

FROM_SYSTEMD = {
    "__REALTIME_TIMESTAMP": "1795158353030760",
    "_PID": "1",
    "_SYSTEMD_UNIT": "init.scope",
    "UNIT": "t-one.service",
    "SYSLOG_IDENTIFIER": "systemd",
    "PRIORITY": "4",
    "MESSAGE": "t-one.service: Failed with result 'exit-code'.",
}
FROM_PROGRAM = {
    "__REALTIME_TIMESTAMP": "1795158353030000",
    "_PID": "4711",
    "_SYSTEMD_UNIT": "t-one.service",
    "_COMM": "sh",
    "MESSAGE": [255, 104, 105],
}


def lines(*entries: Mapping[str, object]) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in entries)


def test_entries_are_read_with_what_the_program_and_systemd_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = Scripted(tmp_path, monkeypatch)
    scripted.answer("journalctl", lines(FROM_SYSTEMD, FROM_PROGRAM))  # the newest first

    program, manager = journal.tail("t-one.service", lines=7, since_s=60, priority=4)

    assert (program.unit, program.identifier, program.pid, program.message) == ("t-one.service", "sh", 4711, "\ufffdhi")
    assert (manager.unit, manager.priority) == ("t-one.service", 4)
    assert manager.at == pytest.approx(1795158353.03076)
    asked = scripted.calls("journalctl")[0].split()
    assert {"--lines=7", "--unit=t-one.service", "--since=-60s", "--priority=4"} <= set(asked)


def test_a_line_that_was_cut_is_left_out_and_a_long_message_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = {**FROM_PROGRAM, "MESSAGE": "x" * 10_000}
    Scripted(tmp_path, monkeypatch).answer("journalctl", lines(long) + '{"MESSAGE": "cu')

    (entry,) = journal.tail()

    assert len(entry.message) == journal.MAX_MESSAGE


def test_never_more_lines_than_the_bound_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted(tmp_path, monkeypatch)
    scripted.answer("journalctl")

    assert journal.tail(lines=1_000_000) == ()

    assert f"--lines={journal.MAX_LINES}" in scripted.calls("journalctl")[0]


@pytest.mark.parametrize(
    "stderr",
    [
        "No journal files were opened due to insufficient permissions.",
        "Hint: You are currently not seeing messages from other users and the system.\n      Users in groups ...",
    ],
)
def test_a_journal_that_may_not_be_seen_names_the_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stderr: str
) -> None:
    Scripted(tmp_path, monkeypatch).answer("journalctl", lines(FROM_PROGRAM), stderr)

    with pytest.raises(NotHere) as hidden:
        journal.tail()

    assert "systemd-journal" in hidden.value.remedy


def test_a_host_without_a_journal_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotHere, match="journal"):
        journal.tail()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [({"stderr": "Failed to parse timestamp", "exit_code": 1}, "timestamp"), ({"sleep_s": 20}, "no answer within")],
)
def test_what_is_no_answer_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: dict[str, str | int], reason: str
) -> None:
    Scripted(tmp_path, monkeypatch).answer("journalctl", **answer)  # type: ignore[arg-type]

    with pytest.raises(HostFailed, match=reason):
        journal.tail(deadline_s=0.5 if "sleep_s" in answer else 60)


def test_a_journal_that_never_ends_is_given_up_and_kept_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "journalctl").write_text(f"#!/bin/sh\nexec yes '{json.dumps(FROM_SYSTEMD)}'\n".replace("'exit-code'", "x"))
    (bin_ / "journalctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}:/usr/bin:/bin")
    kept: list[Completed] = []

    def run(*words: Any, **how: Any) -> Completed:
        kept.append(run_command(*words, **how))
        return kept[-1]

    monkeypatch.setattr(journal, "run_command", run)

    with pytest.raises(HostFailed, match="no answer within 3 s"):
        journal.tail(deadline_s=3)

    assert kept[0].truncated
    assert len(kept[0].stdout) <= 8 * 2**20

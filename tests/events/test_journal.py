"""`journalctl` is scripted here, with lines of systemd 252; tests/e2e/test_events_machine.py follows a real journal."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from probed.core.host_event import ANY, Concern, EventSource
from probed.errors import HostFailed, NotHere
from probed.events import journal
from probed.events.source import Listener
from tests.events.listening import listening

KERNEL = {"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel", "MESSAGE": "EXT4-fs error"}
WEB = {"_TRANSPORT": "stdout", "_PID": "42", "_SYSTEMD_UNIT": "web.service", "SYSLOG_IDENTIFIER": "nginx"}
ABOUT_WEB = {"_TRANSPORT": "journal", "_PID": "1", "UNIT": "web.service", "_SYSTEMD_UNIT": "init.scope"}


class Script:
    """A program in the place of journalctl: prints what is written to `lines`, for as long as it lives."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._lines, self._pid, self._said = folder / "lines", folder / "pid", folder / "said"
        self._lines.touch()
        self._said.touch()
        program = folder / "journalctl"
        program.write_text(
            f'#!/bin/sh\ncase "$*" in *--follow*) ;; *) cat {self._said} >&2; exit 0;; esac\n'
            f"echo $$ >{self._pid}; exec tail -n +1 -F {self._lines} 2>/dev/null\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def says(self, words: str) -> None:
        self._said.write_text(words)

    def write(self, *entries: dict[str, str]) -> None:
        with self._lines.open("a") as file:
            file.writelines(json.dumps(entry) + "\n" for entry in entries)

    def is_running(self) -> bool:
        return subprocess.run(["ps", "-p", self._pid.read_text().strip()], capture_output=True).returncode == 0

    async def started(self) -> int:
        for _ in range(6000):
            if self._pid.exists() and self._pid.read_text():
                return int(self._pid.read_text())
            await asyncio.sleep(0.01)
        raise AssertionError("nobody has started it")


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    return Script(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("entry", "writers"),
    [(KERNEL, ["kernel"]), (WEB, ["web.service", "nginx"]), (ABOUT_WEB, ["web.service"]), ({}, [])],
)
def test_whose_line_it_is(entry: dict[str, str], writers: list[str]) -> None:
    assert list(journal.writers_of(json.dumps(entry).encode())) == writers


@pytest.mark.parametrize("line", [b"", b"-- Boot 1 --", b"[]", b'{"_TRANSPORT": "ker'])
def test_what_is_no_line_of_the_journal_is_passed_over(line: bytes) -> None:
    assert list(journal.writers_of(line)) == []


def test_journalctl_itself_leaves_out_what_nobody_listens_to_and_nothing_where_somebody_listens_to_a_pattern() -> None:
    def asked(*names: str) -> list[str]:
        return journal.matches(Listener(frozenset([Concern(EventSource.JOURNAL, names)]), print, print))

    assert asked("kernel") == ["_TRANSPORT=kernel"]
    assert asked("sshd")[:3] == ["_SYSTEMD_UNIT=sshd", "+", "UNIT=sshd"]
    assert asked("kernel", "web*") == []


async def test_a_line_is_told_once_for_each_that_it_concerns(script: Script) -> None:
    async with listening(journal.follow, Concern(EventSource.JOURNAL, ("kernel", "web*"))) as (heard, _):
        script.write(WEB, WEB, {"_SYSTEMD_UNIT": "other.service"}, KERNEL)
        await heard.until(lambda told: "kernel" in told)

        assert sorted(heard.objects) == ["kernel", "web.service"]


async def test_a_flood_waits_in_the_pipe(script: Script) -> None:
    async with listening(journal.follow, Concern(EventSource.JOURNAL, ("web*", "kernel"))) as (heard, _):
        script.write(*[WEB] * 3000, KERNEL)
        await heard.until(lambda told: "kernel" in told)

        assert len(heard.objects) < 50


async def test_a_journalctl_that_is_killed_is_lost(script: Script) -> None:
    async with listening(journal.follow, Concern(EventSource.JOURNAL, (ANY,))) as (_, task):
        os.kill(await script.started(), signal.SIGKILL)
        with pytest.raises(HostFailed, match="journalctl ended with -9"):
            await asyncio.wait_for(task, 120)


async def test_nothing_is_left_running_of_a_source_that_is_no_longer_wanted(script: Script) -> None:
    async with listening(journal.follow, Concern(EventSource.JOURNAL, (ANY,))):
        await script.started()

    assert not script.is_running()


async def test_a_journal_that_is_hidden_is_said_with_what_helps(script: Script) -> None:
    script.says("Hint: You are currently not seeing messages from other users and the system.")
    with pytest.raises(NotHere, match="systemd-journal"):
        async with listening(journal.follow, Concern(EventSource.JOURNAL, (ANY,))):
            pass


async def test_a_host_without_journalctl_has_no_such_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotHere):
        async with listening(journal.follow, Concern(EventSource.JOURNAL, (ANY,))):
            pass

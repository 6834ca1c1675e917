"""Every exit code, and every way in which an answer may fail to come: what is said, and what to type next."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import threading
from dataclasses import asdict
from typing import TextIO

import pytest

from cortexctl import progress
from cortexctl.exits import Exit
from probed.wire import paths
from probed.wire.problem import ProblemCode
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon, json_answer
from tests.cortexctl.terminal import PROGRAM, environment, in_terminal, pipes

# --- the exit codes, one by one ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "exit_"),
    [
        (["alerts"], Exit.OK),
        (["alerts", "show", "zz"], Exit.FAILED),
        (["alerts", "--limit", "many"], Exit.USAGE),
        (["alerts", "--output", "yaml"], Exit.USAGE),
        (["--socket", "/nonexistent", "alerts"], Exit.UNREACHABLE),
        (["status"], Exit.ATTENTION),
        (["decisions", "reject", samples.DECISION.id], Exit.REFUSED),
    ],
    ids=lambda value: value.name if isinstance(value, Exit) else "",
)
def test_it_ends_as_documented(host: StubDaemon, ctl: Ctl, words: list[str], exit_: Exit) -> None:
    host.refuse(f"POST {paths.DECISIONS}/{samples.DECISION.id}/reject", 409, ProblemCode.CONFLICT, "too late")

    assert ctl(*words).exit == exit_


def test_what_is_interrupted_ends_with_130(host: StubDaemon) -> None:
    decision = ["decisions", "approve", samples.DECISION.id]

    exit_, _ = in_terminal("--socket", str(host.path), *decision, keys="\x03", after="[y/N]")

    assert exit_ == Exit.INTERRUPTED


def test_no_code_is_used_that_is_not_documented() -> None:
    assert [int(code) for code in Exit] == [0, 1, 2, 3, 4, 5, 130]


# --- no permission ----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(
    ("group", "remedy"), [("adm", 'sudo usermod -aG adm "$USER", then log in again'), ("root", "sudo")]
)
def test_who_may_not_use_the_socket_is_told_which_group_may(
    daemon: StubDaemon, capfd: pytest.CaptureFixture[str], group: str, remedy: str
) -> None:
    import grp

    from cortexctl.connection import no_permission

    os.chown(daemon.path, 0, grp.getgrnam(group).gr_gid)

    failure = no_permission(str(daemon.path))

    assert failure.exit == Exit.REFUSED
    assert group in failure.message
    assert failure.next_step.startswith(remedy)


# --- another version --------------------------------------------------------------------------------------------------


def test_an_older_daemon_that_does_not_know_the_place_is_named_as_the_reason(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.refuse(f"GET {paths.ALERTS}", 404, ProblemCode.NOT_FOUND, f"there is no {paths.ALERTS}")

    result = ctl("alerts", "--state", "firing")

    assert (result.exit, result.err) == (
        Exit.FAILED,
        f"cortexctl: the daemon does not know {paths.ALERTS}: it is older than cortexctl\n"
        "  try: cortexctl version; after an upgrade: systemctl restart cortex-probed\n",
    )


def test_an_older_daemon_that_cannot_do_it_yet_is_named_as_the_reason(daemon: StubDaemon, ctl: Ctl) -> None:
    refused = f"{paths.ALERTS}/a1/ack does not know POST"
    daemon.refuse(f"POST {paths.ALERTS}/a1/ack", 405, ProblemCode.METHOD_NOT_ALLOWED, refused)

    assert "it is older than cortexctl" in ctl("alerts", "ack", "a1").err


def test_what_a_newer_daemon_says_beyond_that_is_no_matter(host: StubDaemon, ctl: Ctl) -> None:
    host.answer(f"GET {paths.ALERTS}", {"items": [], "next": None, "of_tomorrow": {"x": 1}})

    assert ctl("alerts").exit == Exit.OK
    assert "of_tomorrow" in ctl("alerts", "--json").out


# --- outputs that fail ------------------------------------------------------------------------------------------------

MANY_FORMS = [
    ["alerts"],
    ["alerts", "-o", "csv"],
    ["alerts", "--json"],
    ["changes", "export", "--markdown"],
    ["--help"],
    ["completion", "fish"],
]


@pytest.mark.parametrize("words", MANY_FORMS, ids=" ".join)
def test_a_full_disk_is_said_in_one_line(host: StubDaemon, words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = run_into(full, "--socket", str(host.path), *words)

    assert (done.returncode, done.stderr) == (
        Exit.FAILED,
        "cortexctl: the output cannot be written: No space left on device\n",
    )


@pytest.mark.parametrize("words", [words for words in MANY_FORMS if words != ["--help"]], ids=" ".join)
def test_a_reader_that_has_gone_is_no_error(host: StubDaemon, words: list[str]) -> None:
    here, there = os.pipe()
    os.close(here)
    with os.fdopen(there, "w") as gone:
        done = run_into(gone, "--socket", str(host.path), *words)

    assert (done.returncode, done.stderr) == (Exit.OK, "") or done.stderr.startswith("more: ")


def test_words_that_nobody_can_hear_do_not_undo_what_was_done(host: StubDaemon) -> None:
    host.answer(f"POST {paths.ALERTS}/a1/ack", samples.ACKNOWLEDGED)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*PROGRAM, "--socket", str(host.path), "alerts", "ack", "a1"],
            stderr=full,
            timeout=60,
            env=environment(),
            check=False,
        )

    assert done.returncode == Exit.OK


def run_into(output: TextIO, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [*PROGRAM, *words]
    return subprocess.run(
        argv, stdout=output, stderr=subprocess.PIPE, text=True, timeout=60, env=environment(), check=False
    )


# --- what takes long --------------------------------------------------------------------------------------------------


class Seen(io.StringIO):
    """A terminal that tells when something was shown on it."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.shown.set()
        return super().write(text)


def test_long_work_says_on_a_terminal_what_it_does_and_takes_that_back(
    host: StubDaemon, ctl: Ctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, terminal = {**asdict(samples.RUN), "state": "running"}, Seen()
    host.answer(f"POST {paths.INSPECTIONS}/disks/run", running, 202)

    def until_shown(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(json_answer(samples.RUN if terminal.shown.wait(30) else running))

    host.misbehave(f"GET {paths.RUNS}/{samples.RUN.id}", until_shown)
    monkeypatch.setattr("sys.stderr", terminal)

    ctl("run", "disks", "--wait")

    lines = terminal.getvalue().split(progress.CLEAR_LINE)
    assert lines[1].startswith("disks: is looked at … ")
    assert lines[-1] == ""


def test_a_backup_says_how_much_is_written(host: StubDaemon) -> None:
    asked = threading.Event()

    def how_far(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(json_answer({"items": [], "drill": None, "written_bytes": 3 * 2**20}))
        asked.set()

    def taken(connection: socket.socket, over: threading.Event) -> None:
        asked.wait(30)
        connection.sendall(json_answer(samples.BACKUPS.items[0], 201))

    host.misbehave(f"GET {paths.BACKUPS}", how_far)
    host.misbehave(f"POST {paths.BACKUPS}", taken)

    _, shown = in_terminal("--socket", str(host.path), "backup", "create")

    assert "3 MiB written" in shown
    assert samples.BACKUPS.items[0].name in shown


@pytest.mark.parametrize("options", [[], ["--quiet"]])
def test_without_a_terminal_long_work_is_silent(host: StubDaemon, options: list[str]) -> None:
    running = {**asdict(samples.RUN), "state": "running"}
    host.answer(f"POST {paths.INSPECTIONS}/disks/run", running, 202)
    host.answer_in_turn(f"GET {paths.RUNS}/{samples.RUN.id}", *[running] * 8, samples.RUN)

    assert pipes("--socket", str(host.path), "run", "disks", "--wait", *options).stderr == ""

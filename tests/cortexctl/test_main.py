"""The program as a whole: its help, its errors, how it ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from cortexctl.cli import SECTIONS
from cortexctl.exits import Exit
from probed.wire.paths import EVENTS, STATUS
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon, chunked, hang, http
from tests.cortexctl.terminal import PROGRAM, environment, pipes

NOUNS = [name for entries in SECTIONS.values() for name in entries]


# --- help -------------------------------------------------------------------------------------------------------------


def test_help_leads_with_examples_and_names_every_command_and_the_order_of_sockets(ctl: Ctl) -> None:
    out = ctl("--help").out

    assert out.index("Examples:") < out.index("Options:") < out.index("Look:")
    assert all(f"\n  {noun} " in out for noun in NOUNS)
    assert "CORTEX_SOCKET" in out
    assert "XDG_RUNTIME_DIR" in out


@pytest.mark.parametrize("noun", NOUNS)
def test_the_help_of_every_noun_leads_with_examples(ctl: Ctl, noun: str) -> None:
    result = ctl(noun, "--help")

    assert result.exit == Exit.OK
    assert f"Examples:\n    cortexctl {noun}" in result.out


@pytest.mark.parametrize("words", [["decisions", "approve", "-h"], ["alerts", "list", "-h"], ["mcp", "-h"]])
def test_every_verb_has_help(ctl: Ctl, words: list[str]) -> None:
    assert "Usage: cortexctl" in ctl(*words).out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["stauts"], "Did you mean 'status'?"),
        (["alerts", "--limit", "0"], "1<=x<=500"),
        (["alerts", "shwo"], "No such command"),
        (["status", "--jsn"], "--json"),
        (["run"], "Missing argument"),
        (["config"], "Examples:"),
    ],
)
def test_a_mistake_on_the_command_line_ends_with_2_and_a_hint(ctl: Ctl, words: list[str], hint: str) -> None:
    result = ctl(*words)

    assert result.exit == Exit.USAGE
    assert hint in result.err


def test_without_a_word_there_is_help() -> None:
    result = pipes()

    assert result.returncode == Exit.USAGE
    assert "Examples:" in result.stderr


@pytest.mark.parametrize(
    ("typed", "offered"), [("st", "status"), ("decisions ap", "approve"), ("run --wa", "--wait"), ("", "doctor")]
)
def test_the_shell_can_complete(typed: str, offered: str) -> None:
    line = f"cortexctl {typed}"

    result = pipes("__complete", "bash", line, str(len(line)), typed.rpartition(" ")[2])

    assert offered in result.stdout.split()


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["status"], ["status", "--json"], ["alerts"], ["run", "disks"], ["events", "-f"]])
def test_without_a_daemon_every_command_ends_with_3_and_says_what_to_type(ctl: Ctl, words: list[str]) -> None:
    result = ctl("--socket", "/nonexistent/probed.sock", *words)

    assert (result.exit, result.out) == (Exit.UNREACHABLE, "")
    assert "no daemon is running: there is no socket /nonexistent/probed.sock" in result.err
    assert "try: systemctl status cortex-probed, or ./install.sh try" in result.err


def test_a_daemon_that_hangs_is_not_waited_for_for_ever(
    daemon: StubDaemon, ctl: Ctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.misbehave(f"GET {STATUS}", hang)
    monkeypatch.setattr("cortexctl.client.TIMEOUT_S", 0.2)

    result = ctl("status")

    assert result.exit == Exit.UNREACHABLE
    assert "no answer within 0.2 s" in result.err


def test_garbage_is_a_failure_in_one_line(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.misbehave(f"GET {STATUS}", http(b"<html>hello", "text/html"))

    result = ctl("status")

    assert (result.exit, result.out) == (Exit.FAILED, "")
    assert "is not probed's: no JSON" in result.err


def test_what_the_daemon_says_cannot_steer_the_terminal(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"GET {STATUS}", {"error": {"code": "x", "message": "\x1b[31mred", "field": ""}}, 500)

    assert "\x1b" not in ctl("status").err


# --- endings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "exit_", "words"),
    [("no terminal here", Exit.FAILED, "cortexctl: no terminal here\n"), (None, Exit.OK, ""), (4, Exit.ATTENTION, "")],
)
def test_a_command_may_end_as_a_program_ends(
    ctl: Ctl, monkeypatch: pytest.MonkeyPatch, code: object, exit_: Exit, words: str
) -> None:
    monkeypatch.setattr("cortexctl.cli.app", lambda *_, **__: sys.exit(code))  # type: ignore[arg-type]

    result = ctl("version")

    assert (result.exit, result.out, result.err) == (exit_, "", words)


def test_a_reader_that_leaves_early_is_no_error(host: StubDaemon) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "--socket", str(host.path), "status"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout
    process.stdout.close()

    _, words = process.communicate(timeout=30)

    assert words == b""
    assert process.returncode == Exit.ATTENTION


def test_an_output_that_cannot_be_written_is_a_failure_in_one_line(host: StubDaemon) -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [*PROGRAM, "--socket", str(host.path), "status"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            env=environment(),
        )

    assert result.returncode == Exit.FAILED
    assert result.stderr == "cortexctl: the output cannot be written: No space left on device\n"


def test_without_an_output_the_exit_code_is_left(host: StubDaemon) -> None:
    command = " ".join([*PROGRAM, "--socket", str(host.path), "findings"])

    result = subprocess.run(
        ["sh", "-c", f"{command} >&-"], stderr=subprocess.PIPE, text=True, timeout=30, env=environment()
    )

    assert (result.returncode, result.stderr) == (Exit.OK, "")


def test_following_ends_when_its_reader_has_gone(host: StubDaemon) -> None:
    def chatter(connection: socket.socket, over: threading.Event) -> None:
        event = b'id: 1\ndata: {"id":1,"at":"2026-03-01T10:00:00Z","type":"t","subject":"s","data":{}}\n\n'
        connection.sendall(chunked(content_type="text/event-stream").removesuffix(b"0\r\n\r\n"))
        while not over.wait(0.05):
            connection.sendall(b"%x\r\n%s\r\n" % (len(event), event))

    host.misbehave(f"GET {EVENTS}", chatter)
    follow = f"{' '.join(PROGRAM)} --socket {host.path} events --follow | head -n 2"

    result = subprocess.run(["bash", "-c", follow], capture_output=True, timeout=30, env=environment())

    assert len(result.stdout.splitlines()) == 2
    assert result.stderr == b""


def test_ctrl_c_ends_with_130_and_without_a_word(host: StubDaemon) -> None:
    host.misbehave(f"GET {EVENTS}", hang)
    process = subprocess.Popen(
        [*PROGRAM, "--socket", str(host.path), "events", "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    end = time.monotonic() + 120
    while not host.requests and time.monotonic() < end:
        time.sleep(0.05)

    process.send_signal(signal.SIGINT)
    out, words = process.communicate(timeout=30)

    assert process.returncode == Exit.INTERRUPTED
    assert (out, words) == (b"", b"")


def test_a_locale_without_the_letters_loses_letters_not_the_answer(host: StubDaemon) -> None:
    result = pipes("--socket", str(host.path), "status", env=environment(PYTHONIOENCODING="ascii"))

    assert result.returncode == Exit.ATTENTION
    assert "??? example.org expires" in result.stdout


# --- programs without a daemon ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "passed_on"),
    [
        (["config", "check", "c.yaml"], ["config", "check", "--config", "c.yaml"]),
        (["config", "show"], ["config", "show"]),
        (["config", "show", "--config", "c.yaml"], ["config", "show", "--config", "c.yaml"]),
        (["doctor"], ["doctor"]),
        (["doctor", "--json", "--config", "c.yaml"], ["doctor", "--config", "c.yaml", "--json"]),
        (["discover"], ["discover"]),
        (
            ["discover", "--write", "--json", "--config", "c.yaml"],
            ["discover", "--config", "c.yaml", "--write", "--json"],
        ),
        (["validate"], ["validate"]),
        (["validate", "docs"], ["validate", "docs"]),
    ],
)
@pytest.mark.parametrize("code", [0, 2])
def test_a_child_gets_the_words_and_gives_its_exit_code(
    tmp_path: Path, words: list[str], passed_on: list[str], code: int
) -> None:
    write_probed(tmp_path, f"import sys; print(sys.argv[1:]); sys.exit({code})")
    runner = "import os, sys; os.environ['PYTHONPATH'] = sys.argv.pop(); from cortexctl.__main__ import main"

    result = python(f"{runner}; sys.exit(main())", *words, str(tmp_path))

    assert (result.returncode, result.stdout) == (code, f"{passed_on}\n")


def test_a_folder_named_probed_where_the_user_is_is_not_run(tmp_path: Path) -> None:
    write_probed(tmp_path, "print('trapped')")
    runner = "import os, sys; from cortexctl.__main__ import main; os.chdir(sys.argv.pop())"

    result = python(f"{runner}; sys.exit(main())", "validate", "docs", str(tmp_path))

    assert "trapped" not in result.stdout


def write_probed(folder: Path, program: str) -> None:
    (folder / "probed").mkdir()
    (folder / "probed" / "__init__.py").touch()
    (folder / "probed" / "__main__.py").write_text(program)


def python(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=60, env=environment()
    )


def test_a_child_that_a_signal_ended_counts_as_the_shell_counts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from cortexctl.child import exit_of_probed

    ended: subprocess.CompletedProcess[bytes] = subprocess.CompletedProcess([], -signal.SIGTERM)
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: ended)

    assert exit_of_probed("doctor") == 128 + signal.SIGTERM


def test_top_hands_the_socket_to_the_dashboard(ctl: Ctl, daemon: StubDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def run(socket_path: str, *, is_plain: bool) -> int:
        shown.append(socket_path)
        return Exit.OK

    monkeypatch.setitem(sys.modules, "cortexctl.tui.app", SimpleNamespace(run=run))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    assert ctl("top").exit == Exit.OK
    assert shown == [str(daemon.path)]


def test_mcp_serves_the_socket_that_it_is_given(ctl: Ctl, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[str] = []
    monkeypatch.setattr("cortexctl.commands.mcp.run", served.append)

    assert ctl("mcp", "--socket", "/run/x.sock").exit == Exit.OK
    assert served == ["/run/x.sock"]


def test_status_of_a_host_is_what_the_program_prints(host: StubDaemon) -> None:
    golden = Path(__file__).parent / "golden" / "status.txt"

    result = pipes("--socket", str(host.path), "status")

    assert result.stdout == golden.read_text()

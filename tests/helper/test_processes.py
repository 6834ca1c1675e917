"""What no request moves a process operation to, whatever the policy and the daemon let through."""

from __future__ import annotations

import os
import pty
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from probed.helper.done import OperationRefused
from probed.helper.operations import OPERATIONS
from probed.helper.process import KERNEL_THREAD, Process, all_processes, handles, is_own, look, reason_against, same
from probed.host.command import run_command
from tests.actions.living import job, named, state_of, until
from tests.conftest import require

CALLS: Mapping[str, Mapping[str, object]] = {
    "signal_process": {"signal": "KILL"},
    "renice_process": {"nice": 5},
    "ionice_process": {"io_class": "idle", "io_level": 0},
}


def refuse(operation: str, process: Process, **more: object) -> str:
    with pytest.raises(OperationRefused) as refused:
        OPERATIONS[operation]({**named(process), **CALLS[operation], **more})
    return str(refused.value)


@pytest.mark.parametrize("operation", CALLS)
def test_a_number_that_was_used_again_is_refused(tmp_path: Path, operation: str) -> None:
    with job(tmp_path) as process:
        reason = refuse(operation, process, start_time=process.start_time - 100)

        assert reason == f"the process {process.pid} that began then has ended"
        assert same(process.pid, process.start_time)


@pytest.mark.parametrize("operation", CALLS)
def test_an_ended_process_is_refused_also_as_a_zombie(operation: str) -> None:
    child = subprocess.Popen(["sleep", "60"])
    process = look(child.pid)
    assert process
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    zombie = refuse(operation, process)
    child.wait()
    gone = refuse(operation, process)

    assert "has ended" in zombie
    assert "process" in gone


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("pid", [1, os.getpid(), os.getppid()], ids=["first", "ourselves", "parent"])
def test_the_first_process_ourselves_and_our_parents_are_refused(operation: str, pid: int) -> None:
    process = look(pid)
    assert process

    assert refuse(operation, process)


def test_threads_of_the_kernel_are_refused() -> None:
    threads = [each for each in all_processes() if each.flags & KERNEL_THREAD]
    for each in threads[:3]:
        assert "kernel" in refuse("renice_process", each)
    assert "kernel" in reason_against(_process(flags=KERNEL_THREAD))


@pytest.mark.parametrize(
    "program",
    ["sshd", "sshd-session", "systemd", "systemd-logind", "dbus-daemon", "login", "sudo", "tmux: server", "probed"],
)
def test_what_the_operator_needs_is_refused(tmp_path: Path, program: str) -> None:
    (tmp_path / program).symlink_to("/bin/sleep")
    child = subprocess.Popen([tmp_path / program, "60"])
    try:
        until(lambda: (found := look(child.pid)) and found.program == program)
        process = look(child.pid)
        assert process
        assert "stand on" in refuse("signal_process", process)
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize(
    "words", [["-m", "probed"], ["-mprobed"], ["-X", "dev", "-um", "probed.__main__"], ["-W", "ignore", "probed"]]
)
def test_a_daemon_that_has_its_interpreters_name_is_refused(tmp_path: Path, words: list[str]) -> None:
    package = tmp_path / "probed"
    package.mkdir()
    (package / "__main__.py").write_text("import time\ntime.sleep(60)\n")
    child = subprocess.Popen([sys.executable, *words], cwd=tmp_path)
    try:
        until(lambda: (found := look(child.pid)) and found.command[1:] == tuple(words))
        process = look(child.pid)
        assert process
        assert "part of Cortex" in refuse("signal_process", process)
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize(
    "command",
    [
        ("python3",),
        ("python3", "-m", "http.server", "probed"),
        ("python3", "-c", "m", "probed"),
        ("vi", "-m", "probed"),
    ],
)
def test_other_programs_of_python_are_none_of_ours(command: tuple[str, ...]) -> None:
    assert not is_own(command)


@pytest.mark.parametrize("operation", CALLS)
def test_what_the_daemon_has_started_is_refused_whatever_unit_it_runs_in(operation: str) -> None:
    argv = ["sh", "-c", "sleep 56.5 & sleep 56.5"]
    daemon = threading.Thread(target=run_command, args=(argv,), kwargs={"deadline_s": 20.0})
    daemon.start()
    try:
        until(lambda: len(_sleepers("56.5")) == 2)
        for child in _sleepers("56.5"):
            assert "part of Cortex" in refuse(operation, child)
    finally:
        for child in _sleepers("56.5"):
            os.kill(child.pid, signal.SIGKILL)
        daemon.join()


def test_a_login_shell_is_refused(tmp_path: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv("/bin/sh", ["-sh", "-c", "sleep 60; :"])
    try:
        until(lambda: (found := look(pid)) and found.command[:1] == ("-sh",))
        process = look(pid)
        assert process
        assert "login" in refuse("signal_process", process)
        [inside] = _children_soon(pid)
        OPERATIONS["signal_process"]({**named(inside), "signal": "TERM"})
    finally:
        os.close(terminal)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@pytest.mark.parametrize("way", ["sudo -s", "sudo bash", "su", "runuser -u root bash", "bash -c 'bash; :'"])
def test_the_shell_that_an_operator_has_below_another_login_is_refused(way: str) -> None:
    """It leads no session, and does not call itself a login shell."""
    command = shlex.split(way)
    require(f"root, and {command[0]}", present=os.geteuid() == 0 and bool(shutil.which(command[0])))
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, {**os.environ, "SHELL": "/bin/bash"})
    try:
        until(lambda: [each for each in _below(pid) if each.program == "bash"])
        shell = next(each for each in _below(pid) if each.program == "bash")
        assert shell.session != shell.pid
        assert "login" in refuse("signal_process", shell)
    finally:
        os.close(terminal)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_what_carries_a_login_is_refused(tmp_path: Path) -> None:
    """As a terminal's window does, or a multiplexer that nobody knows here."""
    code = "import pty\nif not pty.fork()[0]: os.execv('/bin/sh', ['sh'])\ntime.sleep(600)"
    with job(tmp_path, code) as process:
        until(lambda: any(each.program in ("sh", "dash") for each in _below(process.pid)))

        assert "carries somebody's login, " in refuse("signal_process", process)


def test_a_child_of_sshd_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "sshd"
    program.symlink_to(sys.executable)
    code = "import subprocess; subprocess.run(['sleep', '60'])"
    daemon = subprocess.Popen([program, "-S", "-c", code])
    try:
        [session] = _children_soon(daemon.pid)
        until(lambda: (found := look(session.pid)) and found.program == "sleep")
        session = look(session.pid) or session
        assert "login" in refuse("signal_process", session)
    finally:
        os.kill(session.pid, signal.SIGKILL)
        daemon.wait()


@pytest.mark.parametrize("name", ["HUP", "USR1", "USR2"])
def test_a_signal_that_would_end_a_program_is_not_sent_as_a_hint(tmp_path: Path, name: str) -> None:
    with job(tmp_path) as process:
        assert "does not handle" in refuse("signal_process", process, signal=name)
        assert same(process.pid, process.start_time)


def test_a_name_that_a_process_gives_itself_breaks_no_message(tmp_path: Path) -> None:
    code = "open('/proc/self/comm', 'wb').write(b'a\\nsolved\\x1b[2J')\ntime.sleep(600)"
    with job(tmp_path, code) as process:
        until(lambda: (found := look(process.pid)) and found.program.startswith("a"))
        found = look(process.pid)

        assert found
        assert found.program == "a?solved?[2J"


def test_a_signal_that_is_handled_arrives(tmp_path: Path) -> None:
    code = "signal.signal(signal.SIGHUP, lambda *_: sys.exit())\ntime.sleep(600)"
    with job(tmp_path, code) as process:
        until(lambda: handles(process.pid, signal.SIGHUP))

        done = OPERATIONS["signal_process"]({**named(process), "signal": "HUP"})

        until(lambda: state_of(process) in "Z")
        assert done.after == {"signal": "HUP"}


@pytest.mark.parametrize("operation", CALLS)
def test_processes_of_other_users_than_the_policys_are_refused(tmp_path: Path, operation: str) -> None:
    with job(tmp_path) as process:
        assert "belongs to uid 0" in refuse(operation, process, users=[65534])


def test_without_a_pidfd_the_start_still_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(pid: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", unknown)
    with job(tmp_path) as process:
        assert refuse("signal_process", process, start_time=1)
        OPERATIONS["signal_process"]({**named(process), "signal": "TERM"})
        until(lambda: state_of(process) in "Z")


def _below(pid: int) -> list[Process]:
    children = [each for each in all_processes() if each.parent == pid]
    return [*children, *(grandchild for each in children for grandchild in _below(each.pid))]


def _process(**more: int) -> Process:
    found = look(os.getpid())
    assert found
    facts = {name: getattr(found, name) for name in Process.__slots__}
    return Process(**{**facts, "pid": 999_999_999, **more})


def _sleepers(seconds: str) -> list[Process]:
    return [each for each in all_processes() if each.command == ("sleep", seconds)]


def _children_soon(pid: int) -> list[Process]:
    until(lambda: [each for each in all_processes() if each.parent == pid])
    time.sleep(0.05)
    return [each for each in all_processes() if each.parent == pid]

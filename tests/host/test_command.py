from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from probed.host.command import kill_tree, marked_environment, run_command

ESCAPEE = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open(sys.argv[1], "w").write(str(os.getpid()))
        time.sleep(60)
    os._exit(0)
time.sleep(float(sys.argv[2]))
"""
"""Leaves a grandchild behind that double-forked into a session of its own and holds the pipes."""


def escape(pid_file: Path, lives_s: float) -> list[str]:
    return [sys.executable, "-c", ESCAPEE, str(pid_file), str(lives_s)]


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_output_exit_code_and_standard_input() -> None:
    done = run_command(["sh", "-c", "cat; echo problem >&2; exit 3"], deadline_s=5, stdin=b"question")

    assert (done.exit_code, done.stdout, done.stderr) == (3, "question", "problem\n")
    assert not done.timed_out
    assert not done.truncated


def test_a_program_that_reads_no_input_does_not_disturb() -> None:
    done = run_command(["true"], deadline_s=5, stdin=b"x" * 1_000_000)

    assert done.exit_code == 0


def test_a_signal_is_a_negative_exit_code() -> None:
    assert run_command(["sh", "-c", "kill -9 $$"], deadline_s=5).exit_code == -signal.SIGKILL


def test_the_deadline_holds_though_an_escaped_grandchild_keeps_the_pipes(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    began = time.monotonic()

    done = run_command(escape(pid_file, lives_s=60), deadline_s=1)

    assert 1.0 <= time.monotonic() - began < 2.0
    assert done.timed_out
    assert done.exit_code is None
    assert not lives(int(pid_file.read_text()))


def test_an_answer_does_not_wait_for_a_grandchild_and_takes_it_along(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"

    done = run_command(escape(pid_file, lives_s=0.3), deadline_s=30)

    assert done.exit_code == 0
    assert done.seconds < 5
    assert not lives(int(pid_file.read_text()))


def test_a_child_that_changed_its_environment_dies_with_its_session(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = f"env -i sh -c 'echo $$ >{pid_file}; exec sleep 60' & sleep 60"

    run_command(["sh", "-c", script], deadline_s=0.5)

    assert not lives(int(pid_file.read_text()))


def test_a_program_that_closed_its_pipes_is_still_held_to_its_deadline() -> None:
    done = run_command(["sh", "-c", "exec >&- 2>&- <&-; exec sleep 60"], deadline_s=0.5)

    assert done.timed_out
    assert done.seconds < 2


def test_output_beyond_the_cap_is_thrown_away_and_the_program_still_ends() -> None:
    done = run_command(
        ["sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x; exit 4"], deadline_s=5, max_output_bytes=10
    )

    assert done.stdout == "x" * 10
    assert done.truncated
    assert done.exit_code == 4


def test_the_environment_is_an_allow_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hidden")

    done = run_command(["env"], deadline_s=5, env={"EXTRA": "given"})

    names = {line.partition("=")[0] for line in done.stdout.splitlines()}
    assert "SECRET_TOKEN" not in names
    assert {"PATH", "EXTRA"} <= names


def test_a_program_that_does_not_exist_is_an_os_error() -> None:
    with pytest.raises(FileNotFoundError):
        run_command(["/nonexistent/program"], deadline_s=1)


def test_killing_a_tree_spares_a_stranger() -> None:
    stranger = subprocess.Popen(["sleep", "60"], env=marked_environment("another run"))
    member = subprocess.Popen(["sleep", "60"], env=marked_environment("this run"), start_new_session=True)
    try:
        left = kill_tree("this run", member.pid)

        assert left == ()
        assert member.wait(5) == -signal.SIGKILL
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_tree_that_forks_while_it_dies_is_killed_whole(tmp_path: Path) -> None:
    script = tmp_path / "forks"
    script.write_text("i=0; while [ $i -lt 40 ]; do setsid sleep 60 & i=$((i+1)); done; wait")
    process = subprocess.Popen(["sh", str(script)], env=marked_environment("forking"), start_new_session=True)
    time.sleep(0.05)

    left = kill_tree("forking", process.pid, within_s=5)

    process.wait()
    assert left == ()
    assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and carries(pid, b"CORTEX_RUN=forking")]


def carries(pid: str, variable: bytes) -> bool:
    try:
        return variable in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False

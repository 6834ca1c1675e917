from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from probed.host import command, process_stats
from probed.host.command import end_leftovers, kill_tree, marked_environment, run_command, set_owner
from probed.host.process_stats import Stat

ESCAPEE = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open(sys.argv[1] + ".part", "w").write(str(os.getpid()))
        os.rename(sys.argv[1] + ".part", sys.argv[1])
        time.sleep(60)
    os._exit(0)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
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
    done = run_command(["sh", "-c", "cat; echo problem >&2; exit 3"], deadline_s=60, stdin=b"question")

    assert (done.exit_code, done.stdout, done.stderr) == (3, "question", "problem\n")
    assert not done.timed_out
    assert not done.truncated


def test_a_program_that_reads_no_input_does_not_disturb() -> None:
    done = run_command(["true"], deadline_s=60, stdin=b"x" * 1_000_000)

    assert done.exit_code == 0


def test_a_signal_is_a_negative_exit_code() -> None:
    assert run_command(["sh", "-c", "kill -9 $$"], deadline_s=60).exit_code == -signal.SIGKILL


@pytest.mark.alone
def test_the_deadline_holds_though_an_escaped_grandchild_keeps_the_pipes(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    began = time.monotonic()

    done = run_command(escape(pid_file, lives_s=60), deadline_s=4)

    assert 4.0 <= time.monotonic() - began < 50
    assert done.timed_out
    assert done.exit_code is None
    assert not lives(int(pid_file.read_text()))


def test_an_answer_does_not_wait_for_a_grandchild_and_takes_it_along(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"

    done = run_command(escape(pid_file, lives_s=0.3), deadline_s=60)

    assert done.exit_code == 0
    assert done.seconds < 55
    assert not lives(int(pid_file.read_text()))


def test_a_child_that_changed_its_environment_dies_with_its_session(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = f"env -i sh -c 'echo $$ >{pid_file}; exec sleep 60' & sleep 60"

    run_command(["sh", "-c", script], deadline_s=3)

    assert not lives(int(pid_file.read_text()))


def test_a_program_that_closed_its_pipes_is_still_held_to_its_deadline() -> None:
    done = run_command(["sh", "-c", "exec >&- 2>&- <&-; exec sleep 60"], deadline_s=0.5)

    assert done.timed_out
    assert done.seconds < 50


def test_output_beyond_the_cap_is_thrown_away_and_the_program_still_ends() -> None:
    done = run_command(
        ["sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x; exit 4"], deadline_s=60, max_output_bytes=10
    )

    assert done.stdout == "x" * 10
    assert done.truncated
    assert done.exit_code == 4


def test_the_environment_is_an_allow_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hidden")

    done = run_command(["env"], deadline_s=60, env={"EXTRA": "given"})

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
        assert member.wait(60) == -signal.SIGKILL
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_tree_that_forks_while_it_dies_is_killed_whole(tmp_path: Path) -> None:
    script = tmp_path / "forks"
    script.write_text("i=0; while [ $i -lt 40 ]; do setsid sleep 60 & i=$((i+1)); done; wait")
    process = subprocess.Popen(["sh", str(script)], env=marked_environment("forking"), start_new_session=True)
    time.sleep(0.05)

    left = kill_tree("forking", process.pid, within_s=60)

    process.wait()
    assert left == ()
    assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and carries(pid, b"CORTEX_RUN=forking")]


def carries(pid: str, variable: bytes) -> bool:
    try:
        return variable in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


# --- what a killed process left behind --------------------------------------------------------------------------------

ABANDON = """
import os, sys
from probed.host.command import run_command, set_owner
set_owner(sys.argv[1])
run_command(["sh", "-c", "setsid sleep 60 & echo $! $$ >" + sys.argv[2] + "; sleep 60"], deadline_s=60)
"""


def abandoned(owner: str, pid_file: Path) -> list[int]:
    """What a process of this owner leaves behind that is killed while a program of its own runs."""
    killed = subprocess.Popen([sys.executable, "-c", ABANDON, owner, str(pid_file)])
    end = time.monotonic() + 60
    while not (pid_file.exists() and pid_file.read_text().endswith("\n")) and time.monotonic() < end:
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    return [int(pid) for pid in pid_file.read_text().split()]


@pytest.fixture
def nobody_owns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_owner", {})


@pytest.mark.usefixtures("nobody_owns")
def test_what_an_earlier_process_of_the_same_owner_left_behind_is_ended(tmp_path: Path) -> None:
    left, foreign = abandoned("here", tmp_path / "left"), abandoned("elsewhere", tmp_path / "foreign")
    assert all(map(lives, left + foreign))
    try:
        set_owner("here")
        own = subprocess.Popen(["sleep", "60"], env=marked_environment("a run of ours"))
        killed = end_leftovers()

        assert set(killed) >= set(left)
        assert not any(map(lives, left))
        assert all(map(lives, foreign))
        assert own.poll() is None
    finally:
        own.kill()
        own.wait()
        set_owner("elsewhere")
        end_leftovers()
    assert not any(map(lives, foreign))


@pytest.mark.usefixtures("nobody_owns")
def test_without_an_owner_nothing_is_ended_and_nothing_marked(tmp_path: Path) -> None:
    assert end_leftovers() == ()
    assert "CORTEX_OWNER" not in marked_environment("a run")


@pytest.mark.usefixtures("nobody_owns")
def test_a_process_that_carries_the_mark_itself_ends_neither_itself_nor_those_above_it() -> None:
    script = "from probed.host.command import *; set_owner('here'); print(end_leftovers())"
    set_owner("here")

    done = run_command(["sh", "-c", f'"{sys.executable}" -c "{script}"; echo alive'], deadline_s=120)

    assert done.stdout == "()\nalive\n", done.stderr


@pytest.mark.usefixtures("nobody_owns")
def test_the_mark_does_not_tell_the_owner() -> None:
    set_owner("/var/lib/somewhere")

    assert "somewhere" not in str(marked_environment("a run"))


@pytest.mark.parametrize("pgid", [0, -1])
def test_no_group_of_the_kernels_is_taken_for_a_run(monkeypatch: pytest.MonkeyPatch, pgid: int) -> None:
    threads = [Stat(pid, "S", 0, pgid, pgid, "1") for pid in (2, 3)]
    monkeypatch.setattr(process_stats, "all_stats", lambda: threads)
    monkeypatch.setattr(command, "_carries", lambda pid, variable: False)

    assert list(command._members("nobody carries this", pgid)) == []

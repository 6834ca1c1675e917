"""The helper's process, as systemd starts it, against well-behaved and other callers."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from probed.helper.command import ENVIRONMENT
from probed.helper.protocol import MAX_LINE_BYTES, Outcome, Request, request_line
from tests.conftest import require
from tests.helper.process import MAIN, POLICY, Helper, helper
from tests.real.users import NOBODY, as_nobody

STAND_IN = """
import os, sys, time
sys.path.append({root!r})
from probed.helper import operations
from probed.helper.command import run
from probed.helper.done import Done, OperationFailed, OperationUnclear

def crash(params):
    os.kill(os.getpid(), 11)

def fail(params):
    raise OperationFailed("the clock is far off")

def breaks(params):
    raise OSError(28, "No space left on device")

def goes_on(params):
    raise OperationUnclear("systemd goes on with it")

def hang(params):
    while True:
        time.sleep(60)

def start(params):
    ended = run(["sh", "-c", "sleep 300 & echo $!; exec sleep 300"], deadline_s=300)
    raise OperationFailed(f"ended with {{ended.exit_code}}: {{ended.output}}")

def leave(params):
    pid = os.fork()
    if not pid:
        time.sleep(300)
    return Done("left behind", {{"pid": pid}})

def look(params):
    facts = {{"environ": dict(os.environ), "cwd": os.getcwd(), "umask": os.umask(0), "uid": os.geteuid()}}
    fds = [fd for fd in range(3, 64) if os.path.exists(f"/proc/self/fd/{{fd}}")]
    facts["inherited"] = [fd for fd in fds if os.get_inheritable(fd)]
    return Done("looked", facts)

operations.OPERATIONS = {{"sync_clock": {operation}}}
import probed.helper.conversation
probed.helper.conversation.OPERATIONS = operations.OPERATIONS
from pathlib import Path
from probed.helper.server import Server, inherited_socket, settle
listener = inherited_socket(os.environ)
settle()
Server(listener, Path(sys.argv[2]), {idle_s}).serve()
"""


def program(operation: str = "look", idle_s: float = 60.0) -> str:
    return STAND_IN.format(root=str(MAIN.parents[2]), operation=operation, idle_s=idle_s)


def until(holds: Callable[[], bool], within_s: float = 60.0) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, f"not within {within_s:g} s"
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def is_root() -> None:
    require("root, whose helper it is", present=os.geteuid() == 0)


# --- how it starts ----------------------------------------------------------------------------------------------------


def test_a_start_loads_nothing_but_the_standard_library_and_its_own_package() -> None:
    program = (
        "import sys; before = set(sys.modules); sys.argv = ['probed-helper', '--help']\n"
        f"sys.path.append({str(MAIN.parents[2])!r})\n"
        "import probed.helper.__main__, probed.helper.server\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)

    loaded = set(done.stdout.split())
    ours = {name for name in loaded if name.split(".")[0] not in sys.stdlib_module_names}
    assert {name for name in ours if name != "probed" and not name.startswith("probed.helper")} == set()
    assert "probed.helper.operations" in ours


@pytest.mark.alone
def test_it_answers_soon_after_it_was_woken() -> None:
    began = time.monotonic()
    with helper() as woken:
        woken.ask("allowed")
        took_s = time.monotonic() - began

    bare = time.monotonic()
    subprocess.run([sys.executable, "-I", "-S", "-c", "import subprocess, json, tomllib"], check=True)
    assert took_s < 1 + 5 * (time.monotonic() - bare)


def test_the_part_that_decides_is_short_enough_to_be_read() -> None:
    lines = [
        len((MAIN.parent / name).read_text().splitlines()) for name in ("protocol.py", "policy.py", "validators.py")
    ]

    assert sum(lines) < 400


@pytest.mark.parametrize("environ", [{}, {"LISTEN_PID": "1", "LISTEN_FDS": "1"}])
def test_without_a_socket_of_systemds_it_says_how_it_is_started(environ: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-I", "-S", MAIN], capture_output=True, text=True, env=environ, timeout=30)

    assert done.returncode == 2
    assert "systemctl start cortex-helper.socket" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_word_that_it_does_not_know_is_a_mistake_of_use() -> None:
    done = subprocess.run([sys.executable, "-I", "-S", MAIN, "--polciy"], capture_output=True, text=True, timeout=30)

    assert done.returncode == 2
    assert "usage: probed-helper" in done.stderr


def test_an_operation_sees_nothing_of_whoever_started_the_helper() -> None:
    with helper(program=program("look")) as woken:
        _, done = woken.ask("sync_clock")

    facts = done.before
    assert facts["environ"] == ENVIRONMENT
    assert (facts["cwd"], facts["umask"], facts["uid"]) == ("/", 0o077, 0)
    assert facts["inherited"] == []


# --- what it answers --------------------------------------------------------------------------------------------------


def test_what_was_carried_out_is_answered_and_logged_with_who_asked() -> None:
    with helper(program=program("look")) as woken:
        outcome, done = woken.ask("sync_clock")

        assert (outcome, done.detail) == (Outcome.DONE, "looked")
        begun, ended = woken.log.splitlines()
        assert begun == f"<6>'sync_clock' {{}} for uid 0 (pid {os.getpid()}): begins"
        assert ended.startswith(f"<6>'sync_clock' {{}} for uid 0 (pid {os.getpid()}): done in ")


def test_a_failure_is_answered_with_its_reason() -> None:
    with helper(program=program("fail")) as woken:
        outcome, done = woken.ask("sync_clock")

        assert (outcome, done.detail) == (Outcome.FAILED, "the clock is far off")
        assert "<4>'sync_clock' {}" in woken.log


def test_what_goes_on_by_itself_is_said_to_be_unclear() -> None:
    with helper(program=program("goes_on")) as woken:
        outcome, done = woken.ask("sync_clock")

        assert (outcome, done.detail) == (Outcome.UNCLEAR, "systemd goes on with it")
        assert "<3>" not in woken.log


def test_an_operation_that_breaks_is_answered_and_logged_with_where() -> None:
    with helper(program=program("breaks")) as woken:
        outcome, done = woken.ask("sync_clock")

        assert (outcome, done.detail) == (Outcome.FAILED, "OSError: [Errno 28] No space left on device")
        assert "<3>Traceback" in woken.log


def test_one_that_crashes_gives_no_answer_and_harms_no_other() -> None:
    with helper(program=program("crash")) as woken:
        with pytest.raises(ValueError, match="ended before its line"):
            woken.ask("sync_clock")

        assert woken.ask("allowed")[0] is Outcome.DONE
        until(lambda: "was ended by SIGSEGV" in woken.log)


def test_who_is_not_heard_learns_so_and_may_only_ask_what_is_allowed() -> None:
    with helper(POLICY.replace('["root"]', '["nobody"]'), program=program("look")) as woken:
        outcome, done = woken.ask("sync_clock")

        assert (outcome, done.detail) == (Outcome.REFUSED, "the policy does not hear uid 0")
        assert woken.ask("allowed")[1].after["operations"] == ["clean_files", "sync_clock"]


@pytest.mark.parametrize(
    "params",
    [
        {"operation": "sync_clock"},
        {"operation": ["sync_clock"], "params": {}},
        {"operation": "sync_clock", "params": []},
    ],
)
def test_whether_something_would_be_allowed_is_asked_in_full(params: dict[str, object]) -> None:
    with helper(program=program("look")) as woken:
        outcome, done = woken.say(request_line(Request("allowed", params, 5.0)))
        in_full = Request("allowed", {"operation": "sync_clock", "params": {}}, 5.0)

        assert (outcome, done.detail) == (Outcome.REFUSED, "an operation and its parameters are expected")
        assert woken.say(request_line(in_full))[0] is Outcome.DONE
        assert "begins" not in woken.log


def test_the_peers_own_uid_counts_and_not_what_it_says() -> None:
    with helper(POLICY.replace('["root"]', '["nobody"]'), program=program("look")) as woken:
        woken.path.parent.chmod(0o755)
        woken.path.chmod(0o666)
        with as_nobody():
            outcome, _ = woken.ask("sync_clock")

        assert outcome is Outcome.DONE
        assert f"for uid {NOBODY} " in woken.log


def test_a_policy_that_changes_is_in_force_at_once() -> None:
    with helper(program=program("look")) as woken:
        assert woken.ask("sync_clock")[0] is Outcome.DONE

        woken.policy.write_text(POLICY.replace("[operations.sync_clock]", ""))

        assert woken.ask("sync_clock")[0] is Outcome.REFUSED


@pytest.mark.parametrize("mode", [0o666, 0o664])
def test_a_policy_that_others_can_write_allows_nothing(mode: int) -> None:
    with helper(program=program("look")) as woken:
        woken.policy.chmod(mode)

        outcome, done = woken.ask("sync_clock")

        assert outcome is Outcome.REFUSED
        assert f"type: chmod go-w {woken.policy}" in done.detail


def test_a_request_that_is_carried_out_stands_in_the_log_as_a_whole() -> None:
    roots = [f"/srv/scratch/{'a' * 200}/{number}" for number in range(16)]
    with helper() as woken:
        woken.ask("clean_files", pattern="ä" * 255, older_than_s=60, roots=roots)
        outcome, done = woken.ask("clean_files", pattern="*", older_than_s=60, roots=[f"{root * 8}" for root in roots])

        begun = [line for line in woken.log.splitlines() if line.endswith("begins")]
        assert len(begun) == 1
        assert all(root in begun[0] for root in roots)
        assert (outcome, done.detail) == (Outcome.REFUSED, "the request is too long for a line of the log")


def test_what_stands_in_a_request_cannot_forge_a_line_of_the_log() -> None:
    with helper() as woken:
        woken.ask("sync_clock\n<0>forged", unit="a\n<0>forged \x1b[31m")
        woken.say(b'{"\\n<0>forged":1}\n')

        assert all(line.startswith(("<4>", "<6>")) for line in woken.log.splitlines())
        assert "\x1b" not in woken.log


# --- deadlines and bounds ---------------------------------------------------------------------------------------------


@pytest.mark.alone
def test_an_operation_over_its_deadline_is_ended_without_an_answer() -> None:
    with helper(program=program("hang")) as woken:
        began = time.monotonic()
        with pytest.raises(ValueError, match="ended before its line"):
            woken.ask("sync_clock", deadline_s=0.5)

        assert time.monotonic() - began < 50
        until(lambda: "was ended by SIGALRM" in woken.log)


def test_a_program_over_the_deadline_is_ended_and_said_to_have_failed() -> None:
    with helper(program=program("start")) as woken:
        outcome, done = woken.ask("sync_clock", deadline_s=0.5)

        assert outcome is Outcome.FAILED
        assert done.detail.startswith("ended with None: ")
        left = done.detail.rpartition(" ")[2].strip()
        until(lambda: not Path(f"/proc/{left}").exists() or ") Z " in Path(f"/proc/{left}/stat").read_text())


def test_nothing_that_an_operation_leaves_behind_outlives_it() -> None:
    with helper(program=program("leave")) as woken:
        _, done = woken.ask("sync_clock")

        until(lambda: not is_running(int(str(done.before["pid"]))))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_more_than_it_can_do_at_once_is_turned_away_at_once() -> None:
    with helper(program=program("hang")) as woken:
        line = request_line(Request("sync_clock", {}, 30.0))
        busy = [woken.connect() for _ in range(8)]
        for connection in busy:
            connection.sendall(line)
        until(lambda: len(woken.children()) == 8)

        outcome, done = woken.ask("sync_clock")

        assert (outcome, done.detail) == (Outcome.REFUSED, "too many operations are under way already")
        for child in woken.children():
            os.kill(int(child), signal.SIGKILL)
        for connection in busy:
            connection.close()


def test_silent_strangers_however_many_do_not_keep_out_whom_the_policy_hears() -> None:
    with helper(program=program("look")) as woken, contextlib.ExitStack() as silent:
        woken.path.parent.chmod(0o755)
        woken.path.chmod(0o666)
        for uid in (NOBODY, NOBODY - 1):
            with as_nobody(uid):
                for _ in range(8):
                    silent.enter_context(woken.connect())
        until(lambda: len(woken.children()) == 16)
        with as_nobody(NOBODY - 2):
            turned_away, _ = woken.ask("allowed")

        assert woken.ask("sync_clock")[0] is Outcome.DONE
        assert turned_away is Outcome.REFUSED


@pytest.mark.alone
def test_a_crowd_at_the_door_does_not_fill_the_log() -> None:
    with helper(program=program("look")) as woken:
        silent = [woken.connect() for _ in range(8)]
        until(lambda: len(woken.children()) == 8)
        began = time.monotonic()
        for number in range(500):
            with woken.connect() as connection:
                if number % 2:
                    connection.recv(MAX_LINE_BYTES)
        took_s = time.monotonic() - began
        for connection in silent:
            connection.close()

        until(lambda: not woken.children())
        assert 1 <= woken.log.count("too many operations are under way already") <= took_s + 2
        assert "did not take the answer" not in woken.log


def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    with helper(program=program("look")) as woken:
        woken.process.send_signal(signal.SIGSTOP)
        with woken.connect() as connection:
            connection.sendall(request_line(Request("sync_clock", {}, 5.0)))
        woken.process.send_signal(signal.SIGCONT)

        until(lambda: "whoever asked has gone" in woken.log)
        assert "begins" not in woken.log


def test_it_goes_when_nobody_needed_it_for_a_while() -> None:
    with helper(program=program("look", idle_s=0.5)) as woken:
        assert woken.ask("sync_clock")[0] is Outcome.DONE

        assert woken.process.wait(10) == 0


def test_told_to_stop_it_lets_what_is_under_way_end() -> None:
    with helper(program=program("start")) as woken, woken.connect() as connection:
        connection.sendall(request_line(Request("sync_clock", {}, 1.0)))
        until(lambda: "begins" in woken.log)

        woken.process.terminate()

        assert b'"failed"' in connection.recv(MAX_LINE_BYTES)
        assert woken.process.wait(10) == 0


# --- whatever is thrown at it -----------------------------------------------------------------------------------------

VALID = request_line(Request("clean_files", {"roots": ["/srv/scratch"], "pattern": "*", "older_than_s": 60}, 5.0))
THROWN = [
    b"",
    b"\n",
    b"\0" * 1000 + b"\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"[" * MAX_LINE_BYTES,
    b"x" * (4 * MAX_LINE_BYTES),
    b'{"a":' * 1000 + b"\n",
    b"9" * 60_000 + b"\n",
    VALID[:-1],
    VALID * 50,
    VALID.replace(b"60", b"6" * 4500),
    VALID.replace(b"60", b"1e999"),
    VALID.replace(b"/srv/scratch", b"/srv/scratch/../../etc"),
    VALID.replace(b'"*"', b'"\\ud800"'),
    VALID.replace(b'"params"', b'"params": {}, "params"'),
]


def throw(woken: Helper, line: bytes) -> None:
    """Say it, and hang up as soon as it was said or refused."""
    with woken.connect() as connection:
        try:
            connection.sendall(line)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(MAX_LINE_BYTES)
        except (BrokenPipeError, ConnectionResetError):
            pass


def rss_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def test_no_bytes_make_it_crash_hang_or_grow() -> None:
    rng = random.Random(20)
    with helper(program=program("look")) as woken:
        woken.ask("allowed")
        before = rss_kib(woken.process.pid)

        for line in THROWN:
            throw(woken, line)
        for _ in range(300):
            spoilt = bytearray(VALID)
            for _ in range(rng.randint(1, 6)):
                spoilt[rng.randrange(len(spoilt) - 1)] = rng.randrange(256)
            throw(woken, bytes(spoilt))

        assert woken.ask("sync_clock")[0] is Outcome.DONE
        assert woken.process.poll() is None
        assert "<3>" not in woken.log, "nothing broke inside"
        assert rss_kib(woken.process.pid) < before + 4096
        until(lambda: not woken.children())


def test_those_who_say_nothing_are_sent_away_in_time() -> None:
    with helper(program=program("look")) as woken:
        silent = [woken.connect() for _ in range(8)]
        until(lambda: len(woken.children()) == 8)

        until(lambda: not woken.children(), within_s=10)

        assert woken.ask("sync_clock")[0] is Outcome.DONE
        for connection in silent:
            connection.close()

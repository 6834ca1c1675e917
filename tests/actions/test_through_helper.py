"""Through the real helper; and with one that breaks off, stays silent or says nonsense."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from probed.actions.performer import OwnHands
from probed.actions.through_helper import HelperOrOwnHands, ThroughHelper, build_performer
from probed.core.deadline import DEADLINE, Deadline
from probed.errors import ActionFailed, ActionRefused, OutcomeUnknown
from probed.helper.done import Done
from probed.helper.protocol import Outcome, answer_line, read_line
from tests.conftest import require
from tests.helper.process import POLICY, helper
from tests.helper.test_server import program

Reply = Callable[[socket.socket], None]


@contextlib.contextmanager
def stand_in(folder: Path, reply: Reply) -> Iterator[tuple[Path, list[bytes]]]:
    """A helper that hears one request and does what the test says; also what it heard."""
    path, heard = folder / "helper.sock", list[bytes]()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            heard.append(read_line(connection, 5))
            reply(connection)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        yield path, heard
        thread.join()


def answers(outcome: Outcome, done: Done) -> Reply:
    return lambda connection: connection.sendall(answer_line(outcome, done))


def test_what_was_done_comes_back_with_its_facts(tmp_path: Path) -> None:
    done = Done("restarted", {"active_state": "failed"}, {"active_state": "active"})
    with stand_in(tmp_path, answers(Outcome.DONE, done)) as (path, heard):
        executed = ThroughHelper(path).perform(
            "restart_unit", {"unit": "nginx.service"}, deadline_s=60, own={"never": ["secret"]}
        )

    assert (executed.detail, executed.before, executed.after) == ("restarted", done.before, done.after)
    assert b"nginx.service" in heard[0]
    assert b"secret" not in heard[0], "what is the policy's to say is never sent"


def test_a_refusal_is_told_from_a_failure(tmp_path: Path) -> None:
    with (
        stand_in(tmp_path, answers(Outcome.REFUSED, Done("not in the policy"))) as (path, _),
        pytest.raises(ActionRefused, match="the root helper refused: not in the policy"),
    ):
        ThroughHelper(path).perform("sync_clock", {}, deadline_s=60)
    path.unlink()

    with (
        stand_in(tmp_path, answers(Outcome.FAILED, Done("exit code 1"))) as (path, _),
        pytest.raises(ActionFailed, match=r"^exit code 1$") as failure,
    ):
        ThroughHelper(path).perform("sync_clock", {}, deadline_s=60)
    assert not isinstance(failure.value, ActionRefused | OutcomeUnknown)


def test_what_goes_on_without_the_helper_is_in_doubt(tmp_path: Path) -> None:
    with (
        stand_in(tmp_path, answers(Outcome.UNCLEAR, Done("systemd goes on"))) as (path, _),
        pytest.raises(OutcomeUnknown, match="systemd goes on"),
    ):
        ThroughHelper(path).perform("sync_clock", {}, deadline_s=60)


@pytest.mark.parametrize(
    "reply",
    [
        lambda connection: None,
        lambda connection: connection.sendall(b'{"version":1,"outco'),
        lambda connection: connection.sendall(b'{"version":2}\n'),
        lambda connection: connection.sendall(b"\xff\n"),
        lambda connection: connection.sendall(
            b'{"version":1,"outcome":"perhaps","detail":"","before":{},"after":{}}\n'
        ),
    ],
)
def test_a_connection_that_breaks_off_leaves_it_in_doubt(tmp_path: Path, reply: Reply) -> None:
    with stand_in(tmp_path, reply) as (path, heard), pytest.raises(OutcomeUnknown, match="nobody knows"):
        ThroughHelper(path).perform("sync_clock", {}, deadline_s=60)

    assert len(heard) == 1, "asked once, and never again"


@pytest.mark.alone
def test_a_helper_that_says_nothing_is_waited_for_only_so_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.actions.through_helper.GRACE_S", 0.2)
    over = threading.Event()
    began = time.monotonic()

    def wait(_: socket.socket) -> None:
        over.wait(120)

    with stand_in(tmp_path, wait) as (path, _):
        with pytest.raises(OutcomeUnknown):
            ThroughHelper(path).perform("sync_clock", {}, deadline_s=0.2)
        over.set()

    assert time.monotonic() - began < 60


@pytest.mark.parametrize("there", ["nothing", "a file", "nobody listens"])
def test_where_nobody_can_be_asked_nothing_was_done(tmp_path: Path, there: str) -> None:
    path = tmp_path / "helper.sock"
    if there == "a file":
        path.touch()
    if there == "nobody listens":
        with socket.socket(socket.AF_UNIX) as unheard:
            unheard.bind(str(path))

    with pytest.raises(ActionRefused, match=f"cannot be asked at {path}"):
        ThroughHelper(path).perform("sync_clock", {}, deadline_s=60)


def test_what_could_not_end_in_time_is_not_begun(tmp_path: Path) -> None:
    replaced = DEADLINE.set(Deadline(time.monotonic() + 1))
    try:
        with pytest.raises(ActionRefused, match="no time left"):
            ThroughHelper(tmp_path / "helper.sock").perform("sync_clock", {}, deadline_s=60)
    finally:
        DEADLINE.reset(replaced)


def test_parameters_that_fit_no_line_are_not_sent(tmp_path: Path) -> None:
    with pytest.raises(ActionRefused, match="too long"):
        ThroughHelper(tmp_path / "helper.sock").perform("sync_clock", {"unit": "a" * 70_000}, deadline_s=60)


# --- the real one -----------------------------------------------------------------------------------------------------


def test_the_real_helper_is_asked_and_says_what_it_allows() -> None:
    require("root, whose helper it is", present=os.geteuid() == 0)
    with helper(program=program("look")) as woken:
        performer = ThroughHelper(woken.path)

        assert performer.allowed() == ["clean_files", "sync_clock"]
        assert performer.perform("sync_clock", {}, deadline_s=60).detail == "looked"
        with pytest.raises(ActionRefused, match="the policy does not allow 'restart_unit'"):
            performer.perform("restart_unit", {"unit": "nginx.service"}, deadline_s=60)


def test_another_program_than_was_shown_is_not_run() -> None:
    require("root, whose helper it is", present=os.geteuid() == 0)
    policy = POLICY + '[operations.run_program.programs.renew]\nargv = ["/usr/bin/touch", "{0}"]\ntimeout_s = 5\n'
    with tempfile.TemporaryDirectory() as folder, helper(policy.replace("{0}", f"{folder}/ran")) as woken:
        performer = ThroughHelper(woken.path)

        with pytest.raises(ActionRefused, match=r"renew is .*touch.* in the root helper's policy, and .*true"):
            performer.perform("run_program", {"name": "renew"}, deadline_s=60, own={"argv": ["/usr/bin/true"]})
        assert os.listdir(folder) == []

        shown = ["/usr/bin/touch", f"{folder}/ran"]
        performer.perform("run_program", {"name": "renew"}, deadline_s=60, own={"argv": shown})
        assert os.listdir(folder) == ["ran"]


def test_a_helper_that_is_killed_leaves_it_in_doubt() -> None:
    require("root, whose helper it is", present=os.geteuid() == 0)
    with helper(program=program("crash")) as woken, pytest.raises(OutcomeUnknown):
        ThroughHelper(woken.path).perform("sync_clock", {}, deadline_s=60)


# --- who is asked -----------------------------------------------------------------------------------------------------


def test_the_helper_is_asked_as_soon_as_its_socket_is_there(tmp_path: Path) -> None:
    performer = build_performer(tmp_path / "helper.sock")
    assert performer.uid == os.geteuid()
    with pytest.raises(ActionRefused, match="there is no operation 'nonsense'"):
        performer.perform("nonsense", {}, deadline_s=60)

    with stand_in(tmp_path, answers(Outcome.DONE, Done("by the helper"))):
        assert performer.uid == 0
        assert performer.perform("nonsense", {}, deadline_s=60).detail == "by the helper"


def test_without_a_socket_in_the_configuration_nobody_is_asked() -> None:
    assert isinstance(build_performer(None), OwnHands)
    assert isinstance(build_performer(Path("/run/cortex-helper.sock")), HelperOrOwnHands)


def test_a_queue_that_somebody_fills_is_stood_in(tmp_path: Path) -> None:
    path = tmp_path / "helper.sock"
    with socket.socket(socket.AF_UNIX) as listener, contextlib.ExitStack() as crowd:
        listener.bind(str(path))
        listener.listen(0)
        other = crowd.enter_context(socket.socket(socket.AF_UNIX))
        other.connect(str(path))

        def serve() -> None:
            time.sleep(0.3)
            listener.accept()[0].close()
            connection, _ = listener.accept()
            with connection:
                read_line(connection, 5)
                answers(Outcome.DONE, Done("done"))(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        done = ThroughHelper(path).perform("sync_clock", {}, deadline_s=60.0)
        thread.join()

    assert done.detail == "done"

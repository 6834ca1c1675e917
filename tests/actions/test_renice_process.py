from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from probed.actions.continue_process import ContinueProcess
from probed.actions.ionice_process import IoniceProcess
from probed.actions.process_action import ProcessAction
from probed.actions.renice_process import ReniceProcess
from probed.core.finding import ActionCall
from probed.errors import ActionRefused, ParameterError
from probed.helper.process import look, threads
from tests.actions.living import PROGRAM, job, make_action, named, until
from tests.factories import make_finding
from tests.real.users import NOBODY, as_nobody

THREADED = "import threading\n[threading.Thread(target=time.sleep, args=(600,), daemon=True).start() for _ in range(3)]"
THREADED += "\ntime.sleep(600)"
RISES = "\nwhile True:\n    os.setpriority(os.PRIO_PROCESS, 0, 0)\n    time.sleep(0.01)"
BUSY = "\nwhile True: pass"


def nice_values(pid: int) -> set[int]:
    return {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads(pid)}


def test_every_thread_of_a_process_gets_the_value(tmp_path: Path) -> None:
    with job(tmp_path, THREADED) as process:
        until(lambda: len(threads(process.pid)) == 4)
        action = make_action(ReniceProcess)
        call = named(process, nice=7)

        ready, text = action.precondition(call), action.dry_run(call)
        seen = action.verify(call, action.execute(call))

        assert ready.holds
        assert text.endswith("of root, 4 threads: 0 → 7")
        assert seen.holds, seen.detail
        assert nice_values(process.pid) == {7}


def test_one_that_raises_its_priority_again_is_not_verified(tmp_path: Path) -> None:
    with job(tmp_path, RISES) as process:
        action = make_action(ReniceProcess)
        call = named(process, nice=7)
        done = action.execute(call)
        until(lambda: nice_values(process.pid) == {0})

        seen = action.verify(call, done)

        assert (seen.holds, seen.detail) == (False, f"{PROGRAM} (pid {process.pid}) has the nice value 0")


def test_it_is_rolled_back_to_what_the_snapshot_says(tmp_path: Path) -> None:
    with job(tmp_path, THREADED) as process:
        action = make_action(ReniceProcess)
        call = named(process, nice=7)
        snapshot = action.precondition(call).snapshot
        action.execute(call)

        action.roll_back(call, snapshot)
        again = action.roll_back(call, snapshot)

        assert nice_values(process.pid) == {0}
        assert again.detail == f"{PROGRAM} (pid {process.pid}) has the nice value 0 already"


def test_threads_with_values_of_their_own_have_no_way_back_and_stay(tmp_path: Path) -> None:
    with job(tmp_path, THREADED) as process:
        until(lambda: len(threads(process.pid)) == 4)
        os.setpriority(os.PRIO_PROCESS, threads(process.pid)[1], 3)

        ready = make_action(ReniceProcess).precondition(named(process, nice=7))

        assert not ready.holds
        assert ready.reason.endswith("have nice values of their own: 0, 3")


def test_who_could_not_be_given_its_priority_back_keeps_it(tmp_path: Path) -> None:
    with job(tmp_path) as process, as_nobody():
        ready = make_action(ReniceProcess).precondition(named(process, nice=7))

        assert not ready.holds
        assert ready.reason == f"uid {NOBODY} could not give {PROGRAM} (pid {process.pid}) its nice value 0 back"


def test_who_has_a_lower_priority_already_needs_nothing(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        os.setpriority(os.PRIO_PROCESS, process.pid, 15)

        assert not make_action(ReniceProcess).precondition(named(process, nice=7)).holds


def test_the_number_of_an_ended_process_is_somebody_elses(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        with pytest.raises(ActionRefused, match="has ended"):
            make_action(ReniceProcess).execute({**named(process, nice=7), "start_time": process.start_time - 1})

        assert nice_values(process.pid) == {0}


@pytest.mark.parametrize("nice", [0, -5, 20, "7", 7.5, True, None])
def test_a_priority_is_never_raised(nice: object) -> None:
    with pytest.raises(ParameterError, match="from 1 to 19"):
        make_action(ReniceProcess).validate({"pid": 5, "start_time": 5, "nice": nice})


def test_the_busiest_that_may_be_slowed_down_helps_where_processors_are_short(tmp_path: Path) -> None:
    with job(tmp_path), job(tmp_path, BUSY) as busy:
        action = make_action(ReniceProcess)

        call = action.call_for(make_finding(check="cpu", object="cpu"), {"nice": 12})
        by_pressure = action.call_for(make_finding(check="pressure", object="cpu"), {})

        assert call == ActionCall("renice_process", named(busy, nice=12))
        assert by_pressure == ActionCall("renice_process", named(busy, nice=10))
        assert action.call_for(make_finding(check="pressure", object="io"), {}) is None
        assert look(busy.pid)


@pytest.mark.parametrize(
    ("kind", "more"),
    [(ReniceProcess, {"nice": 7}), (IoniceProcess, {}), (ContinueProcess, {})],
    ids=["renice", "ionice", "continue"],
)
def test_for_a_process_that_has_ended_there_is_nothing_to_put_back(
    tmp_path: Path, kind: type[ProcessAction], more: Mapping[str, object]
) -> None:
    with job(tmp_path) as process:
        action, call = make_action(kind), named(process, **more)
        snapshot = action.precondition(call).snapshot

    assert action.roll_back(call, snapshot).detail.endswith("has ended")

from __future__ import annotations

import os
import signal
from pathlib import Path

from probed.actions.continue_process import ContinueProcess
from probed.helper.process import Process, handles
from tests.actions.living import PROGRAM, job, make_action, named, state_of, until
from tests.checks.looking import observe
from tests.factories import make_finding

STOPS_AGAIN = """
signal.signal(signal.SIGCONT, lambda *_: os.kill(os.getpid(), signal.SIGSTOP))
while True: time.sleep(600)
"""


def stop(process: Process) -> None:
    os.kill(process.pid, signal.SIGSTOP)
    until(lambda: state_of(process) == "T")


def test_a_stopped_process_runs_again(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        stop(process)
        action = make_action(ContinueProcess)

        ready = action.precondition(named(process))
        text = action.dry_run(named(process))
        done = action.execute(named(process))
        seen = action.verify(named(process), done)

        assert (ready.holds, ready.reason) == (True, f"{PROGRAM} (pid {process.pid}) is stopped")
        assert text == f"would send SIGCONT to {PROGRAM} (pid {process.pid}) of root, which is stopped"
        assert seen.holds, seen.detail
        assert state_of(process) == "S"


def test_one_that_stops_again_is_not_verified(tmp_path: Path) -> None:
    with job(tmp_path, STOPS_AGAIN) as process:
        until(lambda: handles(process.pid, signal.SIGCONT))
        stop(process)
        action = make_action(ContinueProcess)

        seen = action.verify(named(process), action.execute(named(process)))

        assert not seen.holds


def test_one_that_ends_when_it_goes_on_is_not_verified(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        stop(process)
        os.kill(process.pid, signal.SIGTERM)
        action = make_action(ContinueProcess)

        seen = action.verify(named(process), action.execute(named(process)))

        assert (seen.holds, seen.detail) == (False, "it has ended")


def test_it_is_rolled_back_by_stopping_it_again(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        stop(process)
        action = make_action(ContinueProcess)
        snapshot = action.precondition(named(process)).snapshot
        action.execute(named(process))

        action.roll_back(named(process), snapshot)
        until(lambda: state_of(process) == "T")
        again = action.roll_back(named(process), snapshot)

        assert action.reversible
        assert again.detail == f"{PROGRAM} (pid {process.pid}) is stopped already"


def test_a_process_that_runs_needs_nothing(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        ready = make_action(ContinueProcess).precondition(named(process))

        assert (ready.holds, ready.reason) == (False, f"{PROGRAM} (pid {process.pid}) is not stopped")


def test_a_finding_about_a_stopped_program_names_the_process(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        stop(process)
        seen = observe("processes", {"name": PROGRAM})
        finding = make_finding(check="processes", object=seen.object, evidence=seen.evidence)

        call = make_action(ContinueProcess).call_for(finding, {})

        assert seen.value == 0
        assert seen.summary == f"0 processes {PROGRAM} run (1 more are stopped), at least 1 should"
        assert call
        assert call.params == named(process)
        assert make_action(ContinueProcess, programs=()).call_for(finding, {}) is None

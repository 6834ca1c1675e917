from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from probed.actions.performer import OwnHands
from probed.actions.terminate_process import TerminateProcess
from probed.config.actions import ProcessesSettings
from probed.core.action import Executed
from probed.errors import ActionFailed, ActionRefused, ParameterError
from probed.helper.process import all_processes, look, same
from tests.actions.living import PROGRAM, job, make_action, named, until
from tests.checks.looking import observations, observe
from tests.factories import make_finding

DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\ntime.sleep(600)"


# --- it helps ---------------------------------------------------------------------------------------------------------


def test_a_process_goes_by_sigterm(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        action = make_action(TerminateProcess)

        ready = action.precondition(named(process))
        done = action.execute(named(process))
        seen = action.verify(named(process), done)

        assert ready.holds
        assert done.after == {"signal": "TERM"}
        assert seen.holds, seen.detail


def test_one_that_ignores_sigterm_is_killed_after_the_grace(tmp_path: Path) -> None:
    with job(tmp_path, DEAF) as process:
        until(lambda: _ignores_term(process.pid))
        action = make_action(TerminateProcess, grace_s=0.3)

        done = action.execute(named(process))

        assert done.after == {"signal": "KILL"}
        assert action.verify(named(process), done).holds


class BeforeKill(OwnHands):
    """`happens` between the end of the grace and SIGKILL."""

    def __init__(self, happens: Callable[[], None]) -> None:
        self._happens = happens

    def perform(self, operation: str, params: Mapping[str, object], **more: Any) -> Executed:
        if params["signal"] == "KILL":
            self._happens()
        return super().perform(operation, params, **more)


def test_one_that_goes_in_the_last_moment_is_no_refusal(tmp_path: Path) -> None:
    with job(tmp_path, DEAF) as process:
        until(lambda: _ignores_term(process.pid))

        def it_goes() -> None:
            os.kill(process.pid, signal.SIGKILL)
            until(lambda: not same(process.pid, process.start_time))

        action = TerminateProcess(ProcessesSettings(programs=(PROGRAM,), grace=0.1), BeforeKill(it_goes))
        action.looks_apart_s = 0.1

        done = action.execute(named(process))

        assert done.after == {"signal": "TERM"}
        assert action.verify(named(process), done).holds


def test_one_that_outlives_sigterm_and_may_not_be_killed_is_a_failure_and_no_refusal(tmp_path: Path) -> None:
    def the_policy_refuses() -> None:
        raise ActionRefused("the policy does not allow KILL")

    with job(tmp_path, DEAF) as process:
        until(lambda: _ignores_term(process.pid))
        action = TerminateProcess(ProcessesSettings(programs=(PROGRAM,), grace=0.1), BeforeKill(the_policy_refuses))

        with pytest.raises(ActionFailed, match="lives on after SIGTERM: the policy does not allow KILL") as failed:
            action.execute(named(process))

        assert not isinstance(failed.value, ActionRefused)


def test_a_dry_run_says_who_would_go_and_who_loses_a_parent(tmp_path: Path) -> None:
    code = "import subprocess\nsubprocess.Popen(['sleep', '5'])\ntime.sleep(600)"
    with job(tmp_path, code) as process:
        until(lambda: [each for each in all_processes() if each.parent == process.pid and each.program == "sleep"])

        text = make_action(TerminateProcess).dry_run(named(process))

        assert f"would send SIGTERM to {PROGRAM} (pid {process.pid}) of root, and SIGKILL after 5 s" in text
        assert "its children lose their parent: sleep (pid " in text
        assert look(process.pid)


# --- it ends well, and the fault stays --------------------------------------------------------------------------------


def test_one_that_is_started_anew_at_once_is_not_verified(tmp_path: Path) -> None:
    action = make_action(TerminateProcess)
    with job(tmp_path) as first:
        done = action.execute(named(first))
    with job(tmp_path) as second:
        seen = action.verify(named(first), done)

        assert not seen.holds
        assert seen.detail == f"{PROGRAM} (pid {second.pid}) was started in its place"


def test_one_that_lives_on_is_not_verified(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        seen = make_action(TerminateProcess).verify(named(process), None)

        assert not seen.holds
        assert "lives on" in seen.detail


def test_it_is_irreversible() -> None:
    action = make_action(TerminateProcess)

    assert not action.reversible
    with pytest.raises(ActionFailed, match="irreversible"):
        action.roll_back({}, {})


# --- whom it never ends -----------------------------------------------------------------------------------------------


def test_the_number_of_an_ended_process_is_somebody_elses(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        earlier = {"pid": process.pid, "start_time": process.start_time - 1}
        action = make_action(TerminateProcess)

        assert not action.precondition(earlier).holds
        with pytest.raises(ActionRefused, match="has ended"):
            action.execute(earlier)
        assert same(process.pid, process.start_time)


@pytest.mark.parametrize("user", [("nobody",), ()])
def test_a_process_of_a_user_who_is_not_named_stays(tmp_path: Path, user: tuple[str, ...]) -> None:
    with job(tmp_path) as process:
        action = TerminateProcess(ProcessesSettings(programs=("*",), users=user), OwnHands())

        ready = action.precondition(named(process))

        assert not ready.holds
        assert ready.reason.endswith("belongs to root, who is not in actions.processes.users")


def test_a_program_that_is_not_named_stays(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        action = make_action(TerminateProcess, programs=("other-*",))

        with pytest.raises(ActionRefused, match=r"is not in actions\.processes\.programs"):
            action.execute(named(process))
        with pytest.raises(ActionRefused, match=r"is not in actions\.processes\.programs"):
            action.dry_run(named(process))
        assert same(process.pid, process.start_time)


@pytest.mark.parametrize("pid", [1, os.getpid(), os.getppid()], ids=["first", "ourselves", "parent"])
def test_neither_the_first_process_nor_ourselves_nor_our_parents_go(pid: int) -> None:
    process = look(pid)
    assert process
    action = make_action(TerminateProcess, programs=("*",))

    ready = action.precondition(named(process))

    assert not ready.holds
    with pytest.raises(ActionRefused):
        action.execute(named(process))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"pid": 5},
        {"pid": -1, "start_time": 1},
        {"pid": 0, "start_time": 1},
        {"pid": True, "start_time": 1},
        {"pid": "5", "start_time": 1},
        {"pid": 5, "start_time": 1.5},
        {"pid": 2**70, "start_time": 1},
        {"pid": 5, "start_time": 1, "signal": "KILL"},
    ],
)
def test_parameters_that_name_no_process_are_refused(params: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        make_action(TerminateProcess).validate(params)


# --- findings ---------------------------------------------------------------------------------------------------------


def test_of_too_many_the_youngest_goes(tmp_path: Path) -> None:
    with job(tmp_path), job(tmp_path) as second:
        many = observe("processes", {"name": PROGRAM, "max": 1})
        few = observe("processes", {"name": PROGRAM, "min": 3})
        action = make_action(TerminateProcess)

        call = action.call_for(make_finding(check="processes", object=PROGRAM, evidence=many.evidence), {})

        assert call
        assert call.params == named(second)
        assert action.call_for(make_finding(check="processes", object=PROGRAM, evidence=few.evidence), {}) is None


def test_zombies_go_with_their_parent(tmp_path: Path) -> None:
    code = "import subprocess\nz = [subprocess.Popen(['true']) for _ in range(40)]\ntime.sleep(600)"
    with job(tmp_path, code) as process:
        until(lambda: sum(each.parent == process.pid and each.state == "Z" for each in all_processes()) == 40)
        seen = observations("processes", {"zombies": 5})["zombies"]
        finding = make_finding(check="processes", object="zombies", evidence=seen.evidence)
        action = make_action(TerminateProcess)

        call = action.call_for(finding, {})
        assert call
        assert call.params == named(process)
        action.execute(call.params)

        until(lambda: not [each for each in all_processes() if each.parent == process.pid])


def test_the_largest_that_may_go_helps_where_memory_is_short(tmp_path: Path) -> None:
    with job(tmp_path) as process:
        first = look(1)
        assert first
        larger = {**named(first), "name": first.program, "rss_bytes": 9}
        evidence = {"largest_processes": [larger, {**named(process), "name": PROGRAM, "rss_bytes": 5}]}

        call = make_action(TerminateProcess, programs=("*",)).call_for(
            make_finding(check="memory", evidence=evidence), {}
        )

        assert call
        assert call.params == named(process)


def _ignores_term(pid: int) -> bool:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    ignored = next(int(line.split()[1], 16) for line in lines if line.startswith("SigIgn:"))
    return bool(ignored >> 14 & 1)


def test_a_secret_of_the_command_line_is_not_recorded(tmp_path: Path) -> None:
    with job(tmp_path, "token = 'hunter2'\ntime.sleep(600)") as process:
        done = make_action(TerminateProcess).execute(named(process))

        assert "hunter2" not in str(done)


def test_what_comes_again_under_another_number_counts_as_the_same(tmp_path: Path) -> None:
    action = make_action(TerminateProcess)
    with job(tmp_path) as first, job(tmp_path) as second:
        calls = [action.validate({"pid": each.pid, "start_time": each.start_time}) for each in (first, second)]

    assert calls[0] != calls[1]
    assert {action.kin_of(call) for call in calls} == {PROGRAM}
    assert [action.validate(call) for call in calls] == calls, "also when they have ended"


def test_nobody_escapes_the_limits_under_a_false_name(tmp_path: Path) -> None:
    action = make_action(TerminateProcess)
    with job(tmp_path) as process:
        ready = action.precondition(named(process, program="another"))

        assert (ready.holds, ready.reason) == (False, f"{PROGRAM} (pid {process.pid}) is not another")


@pytest.mark.parametrize("program", ["", 7, "a\nb", "x" * 201])
def test_a_program_that_can_be_none_is_refused(program: object) -> None:
    with pytest.raises(ParameterError, match="program"):
        make_action(TerminateProcess).validate({"pid": 5, "start_time": 5, "program": program})

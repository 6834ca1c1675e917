"""An action that ends well while the fault stays, in the engine and with the check that found it: the case climbs.

Those on units and containers are tried beside their other tests, where a real systemd and a real Docker engine are.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from probed.actions.process_action import ProcessAction
from probed.actions.registry import build_actions
from probed.checks.registry import CheckRegistry
from probed.config.actions import (
    ActionsSettings,
    CleanFilesSettings,
    FreeDeletedSpaceSettings,
    LogsSettings,
    ProcessesSettings,
    RenewalSettings,
    RestoreModeSettings,
    RightfulSettings,
    ScriptSettings,
)
from probed.core.inspection import ActionRule, CheckCall
from probed.helper.process import handles
from tests.actions.living import PROGRAM, job, state_of, until
from tests.actions.test_free_deleted_space import TAKES_NO_NOTICE
from tests.actions.test_free_deleted_space import holder as deleting
from tests.actions.test_logs import make_log
from tests.actions.test_renew_certificate import issue
from tests.actions.trees import make_file
from tests.checks.looking import observe
from tests.engine.scenario import scenario
from tests.factories import make_inspection
from tests.real.filesystems import tmpfs

MIB = 2**20
PROCESSES = ProcessesSettings(programs=(PROGRAM,), grace=0.2)
SCRIPT = {"nothing": ScriptSettings(argv=("/bin/true",))}
STOPS_AGAIN = "signal.signal(signal.SIGCONT, lambda *_: os.kill(os.getpid(), signal.SIGSTOP))"
COMES_AGAIN = """
supervisor = os.getpid()
while os.getpid() == supervisor and os.fork():
    os.wait()
while os.getppid() == supervisor:
    time.sleep(0.05)
"""


@dataclass(frozen=True, slots=True)
class Fault:
    action: str
    settings: ActionsSettings
    check: CheckCall
    fixed: Mapping[str, object]

    @classmethod
    def of(cls, action: str, check: str, bounds: Mapping[str, object], /, **settings: object) -> Fault:
        return cls(action, ActionsSettings(**settings), CheckCall(check, bounds), {})  # type: ignore[arg-type]


def full(folder: Path) -> Mapping[str, object]:
    return {"mounts": [str(folder)], "warning": 50, "clear": 40}


@contextmanager
def something_else_fills_the_disk(folder: Path) -> Iterator[Fault]:
    with tmpfs(folder / "srv", "8m") as root:
        make_file(root / "new", size=6 * MIB, age_s=0)
        make_file(root / "old", size=MIB)
        yield Fault.of("clean_files", "disk", full(root), clean_files=CleanFilesSettings(roots=(str(root),)))


@contextmanager
def a_log_that_cannot_be_compressed(folder: Path, action: str = "rotate_log") -> Iterator[Fault]:
    with tmpfs(folder / "log", "8m") as root:
        make_log(root / "app" / "a.log", os.urandom(3 * MIB))
        make_file(root / "ballast", size=MIB * 3 // 2)
        logs = LogsSettings(rotate=(f"{root}/*/*.log",), compress=(f"{root}/*/*.log",), min_size=MIB)
        yield Fault.of(action, "disk", full(root), logs=logs)


@contextmanager
def a_log_of_yesterday_that_cannot_be_compressed(folder: Path) -> Iterator[Fault]:
    with a_log_that_cannot_be_compressed(folder, "compress_log") as fault:
        yield fault


@contextmanager
def an_owner_that_takes_no_notice(folder: Path) -> Iterator[Fault]:
    freeing = FreeDeletedSpaceSettings(min_size=MIB, signals={PROGRAM: "HUP"})
    with tmpfs(folder / "var", "8m") as root, deleting(root, folder, TAKES_NO_NOTICE):
        yield Fault.of("free_deleted_space", "disk", full(root), free_deleted_space=freeing)


@contextmanager
def a_mode_that_nobody_wants(folder: Path) -> Iterator[Fault]:
    key = make_file(folder / "key")
    baseline = {str(key): RightfulSettings(owner="root", group="root", mode="0640")}
    restoring = RestoreModeSettings(baseline=baseline)
    yield Fault.of("restore_mode", "file", {"path": str(key), "mode": "0600"}, restore_mode=restoring)


@contextmanager
def a_renewal_that_renews_nothing(folder: Path) -> Iterator[Fault]:
    web = str(issue(folder / "web.pem", 3))
    renewals = {"web": RenewalSettings(argv=("/bin/true",), path=web)}
    yield Fault.of("renew_certificate", "tls_certificate", {"path": web}, renewals=renewals)


@contextmanager
def a_script_that_does_nothing(folder: Path) -> Iterator[Fault]:
    left = make_file(folder / "left")
    check = CheckCall("file", {"path": str(left), "exists": False})
    yield Fault("run_script", ActionsSettings(scripts=SCRIPT), check, {"name": "nothing"})


@contextmanager
def a_process_that_stops_again(folder: Path) -> Iterator[Fault]:
    with job(folder, f"{STOPS_AGAIN}\nwhile True: time.sleep(600)") as process:
        until(lambda: handles(process.pid, signal.SIGCONT))
        os.kill(process.pid, signal.SIGSTOP)
        until(lambda: state_of(process) == "T")
        yield Fault.of("continue_process", "processes", {"name": PROGRAM, "for": "0s"}, processes=PROCESSES)


@contextmanager
def a_process_that_comes_again(folder: Path) -> Iterator[Fault]:
    with job(folder, COMES_AGAIN):
        bounds = {"name": PROGRAM, "min": 0, "max": 1, "for": "0s"}
        until(lambda: observe("processes", bounds).value == 2)
        yield Fault.of("terminate_process", "processes", bounds, processes=PROCESSES)


@pytest.mark.parametrize(
    "fault",
    [
        something_else_fills_the_disk,
        a_log_that_cannot_be_compressed,
        a_log_of_yesterday_that_cannot_be_compressed,
        an_owner_that_takes_no_notice,
        a_mode_that_nobody_wants,
        a_renewal_that_renews_nothing,
        a_script_that_does_nothing,
        a_process_that_stops_again,
        a_process_that_comes_again,
    ],
)
async def test_what_ends_well_without_helping_makes_the_case_climb(
    tmp_path: Path, fault: Callable[[Path], AbstractContextManager[Fault]]
) -> None:
    with fault(tmp_path) as found:
        actions = build_actions(found.settings)
        action = actions.get(found.action)
        if not isinstance(action, ProcessAction):  # a process does the wrong thing itself, and needs its time for it
            action.settle_s = 0.3
        async with scenario(tmp_path, actions=actions) as engine:
            rule = ActionRule(automatic={found.action: found.fixed}, ask={})
            engine.document(
                make_inspection(id="a", actions=rule, checks=(found.check,)), [CheckRegistry().bind(found.check)]
            )

            await engine.run("a")
            await engine.settles()

            [change] = (await engine.monitor.changes(10)).items
            [case] = (await engine.monitor.cases(10)).items
            assert change.call.action == found.action
            assert change.outcome in ("not_verified", "rolled_back"), change
            assert change.outcome == "rolled_back" or not action.reversible
            assert case.stage in ("told", "asking"), case

"""`ionice_process`: let a process wait for the disks behind others.

Parameters: `pid`, `start_time`, `program` (they follow from the finding), `io_class` (idle, or best-effort), `io_level`
(7 with best-effort; 0 to 7, the lowest goes first).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import psutil

from probed.actions.allowed_processes import io_bytes
from probed.actions.performer import Performer
from probed.actions.process_action import ProcessAction
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.finding import Finding
from probed.errors import ActionFailed, ParameterError
from probed.helper.process import Process

CLASSES = ("best-effort", "idle")
LOWEST = 7
CLASS_NAMES: Mapping[int, str] = {
    psutil.IOPRIO_CLASS_NONE: "none",
    psutil.IOPRIO_CLASS_RT: "realtime",
    psutil.IOPRIO_CLASS_BE: "best-effort",
    psutil.IOPRIO_CLASS_IDLE: "idle",
}


def build(settings: ActionsSettings, performer: Performer) -> IoniceProcess:
    return IoniceProcess(settings.processes, performer)


class IoniceProcess(ProcessAction):
    name = "ionice_process"
    title = "Lower a process' priority at the disks"
    risk = Risk.LOW
    blast_radius = "the process waits longer for the disks while others want them"
    reversible = True
    checks: ClassVar[frozenset[str]] = frozenset({"pressure"})
    own_parameters = ("io_class", "io_level")

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        """The one of the allowed that reads and writes most right now."""
        found = self.allowed.greediest(io_bytes) if finding.object == "io" else None
        return {**found.params, **fixed} if found else None

    def own(self, params: Mapping[str, object]) -> Mapping[str, object]:
        """Idle, and for best-effort the lowest level, where the document says nothing else."""
        io_class = params.get("io_class", "idle")
        if io_class not in CLASSES:
            raise ParameterError("io_class", f"expected {' or '.join(CLASSES)}")
        level = params.get("io_level", 0 if io_class == "idle" else LOWEST)
        most = 0 if io_class == "idle" else LOWEST
        if not isinstance(level, int) or isinstance(level, bool) or not 0 <= level <= most:
            raise ParameterError("io_level", f"expected a number from 0 to {most}")
        return {"io_class": io_class, "io_level": level}

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        try:
            return super().precondition(params)
        except psutil.Error as error:
            return Precondition(False, f"{self.object_of(params)}: {error}")

    def reason_against(self, process: Process, params: Mapping[str, object]) -> str:
        return f"{process} is {_text(_now(process))} already" if _now(process) == self.own(params) else ""

    def state(self, process: Process) -> str:
        return f"{_text(_now(process))} at the disks"

    def facts(self, process: Process) -> Mapping[str, object]:
        return {**_now(process), "nice": process.nice}

    def dry_run(self, params: Mapping[str, object]) -> str:
        process = self.process(params)
        try:
            now = _text(_now(process))
        except psutil.Error as error:
            raise ActionFailed(str(error)) from error
        return f"would change the I/O class of {self.described(process)}: {now} → {_text(self.own(params))}"

    def execute(self, params: Mapping[str, object]) -> Executed:
        return self.perform("ionice_process", self.process(params), **self.own(params))

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        wanted = self.own(params)
        for process in self.samples(params):
            if process is None:
                return Verification(False, "it has ended")
            try:
                now = _now(process)
            except psutil.Error as error:
                return Verification(False, str(error))
            if now != wanted:
                return Verification(False, f"{process} is {_text(now)}")
        return Verification(True, f"{process} is {_text(wanted)}")

    def put_back(self, process: Process, before: Mapping[str, object]) -> Executed:
        wanted = _restored(before)
        if _now(process) == wanted:
            return Executed(f"{process} is {_text(wanted)} already")
        return self.perform("ionice_process", process, **wanted)

    def refusal_of_roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> str:
        return self.refusal("ionice_process", params, **_restored(before))


def _now(process: Process) -> Mapping[str, object]:
    """Raises psutil.Error."""
    found = psutil.Process(process.pid).ionice()
    io_class = CLASS_NAMES[found.ioclass]
    return {"io_class": io_class, "io_level": 0 if io_class == "idle" else int(found.value)}


def _restored(before: Mapping[str, object]) -> dict[str, object]:
    """Who has no class of its own is served as the kernel does: best effort, at a level that follows the nice value."""
    io_class, level = before.get("io_class"), before.get("io_level")
    if io_class in CLASSES and isinstance(level, int):
        return {"io_class": io_class, "io_level": level}
    nice = before.get("nice", 0)
    if io_class != "none" or not isinstance(nice, int):
        raise ActionFailed(f"the I/O class {io_class} is not given to anybody")
    return {"io_class": "best-effort", "io_level": (nice + 20) // 5}


def _text(priority: Mapping[str, object]) -> str:
    return f"{priority['io_class']} {priority['io_level']}" if priority["io_level"] else str(priority["io_class"])

"""`renice_process`: give a process less of the processors.

Parameters: `pid`, `start_time`, `program` (they follow from the finding), `nice` (10; 1 to 19, the highest comes last).
"""

from __future__ import annotations

import resource
from collections.abc import Mapping
from typing import ClassVar

from probed.actions.allowed_processes import cpu_ticks
from probed.actions.performer import Performer
from probed.actions.process_action import ProcessAction
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Risk, Verification
from probed.core.finding import Finding
from probed.errors import ActionFailed, ParameterError
from probed.helper.process import Process, look, threads

LEAST, MOST, DEFAULT = 1, 19, 10


def build(settings: ActionsSettings, performer: Performer) -> ReniceProcess:
    return ReniceProcess(settings.processes, performer)


class ReniceProcess(ProcessAction):
    name = "renice_process"
    title = "Lower a process' priority"
    risk = Risk.LOW
    blast_radius = "the process gets less of the processors while others want them"
    reversible = True
    checks: ClassVar[frozenset[str]] = frozenset({"cpu", "load", "pressure"})
    own_parameters = ("nice",)

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        """The one of the allowed that takes most of the processors right now."""
        if finding.check == "pressure" and finding.object != "cpu":
            return None
        found = self.allowed.greediest(cpu_ticks)
        return {**found.params, **fixed} if found else None

    def own(self, params: Mapping[str, object]) -> Mapping[str, object]:
        nice = params.get("nice", DEFAULT)
        if not isinstance(nice, int) or isinstance(nice, bool) or not LEAST <= nice <= MOST:
            raise ParameterError("nice", f"expected a number from {LEAST} to {MOST}")
        return {"nice": nice}

    def reason_against(self, process: Process, params: Mapping[str, object]) -> str:
        values = _nice_values(process)
        if len(values) > 1:
            return f"the threads of {process} have nice values of their own: {', '.join(map(str, sorted(values)))}"
        if process.nice >= int(str(self.own(params)["nice"])):
            return f"{process} has the nice value {process.nice} already"
        if self._performer.uid != 0 and process.nice < _least_given():
            return f"uid {self._performer.uid} could not give {process} its nice value {process.nice} back"
        return ""

    def state(self, process: Process) -> str:
        return f"running with the nice value {process.nice}"

    def facts(self, process: Process) -> Mapping[str, object]:
        return {"nice": process.nice}

    def dry_run(self, params: Mapping[str, object]) -> str:
        process, nice = self.process(params), self.own(params)["nice"]
        count = len(threads(process.pid))
        return f"would change the nice value of {self.described(process)}, {count} threads: {process.nice} → {nice}"

    def execute(self, params: Mapping[str, object]) -> Executed:
        return self.perform("renice_process", self.process(params), **self.own(params))

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        wanted = self.own(params)["nice"]
        for process in self.samples(params):
            if process is None:
                return Verification(False, "it has ended")
            if (values := _nice_values(process)) != {wanted}:
                return Verification(False, f"{process} has the nice value {', '.join(map(str, sorted(values)))}")
        return Verification(True, f"{process} has the nice value {wanted}")

    def put_back(self, process: Process, before: Mapping[str, object]) -> Executed:
        nice = before.get("nice")
        if not isinstance(nice, int):
            raise ActionFailed("nobody knows which nice value it had")
        if _nice_values(process) == {nice}:
            return Executed(f"{process} has the nice value {nice} already")
        return self.perform("renice_process", process, nice=nice)

    def refusal_of_roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> str:
        return self.refusal("renice_process", params, nice=before.get("nice"))


def _least_given() -> int:
    """The least nice value that this process may give another of its user, as setrlimit(2) counts it."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NICE)
    return -20 if limit == resource.RLIM_INFINITY else 20 - limit


def _nice_values(process: Process) -> set[int]:
    return {found.nice for thread in threads(process.pid) if (found := look(thread))}

"""`continue_process`: let a stopped process go on.

Parameters: `pid`, `start_time`, `program` (they follow from the finding).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from probed.actions.performer import Performer
from probed.actions.process_action import ProcessAction
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Risk, Verification
from probed.core.finding import Finding
from probed.helper.process import Process


def build(settings: ActionsSettings, performer: Performer) -> ContinueProcess:
    return ContinueProcess(settings.processes, performer)


class ContinueProcess(ProcessAction):
    name = "continue_process"
    title = "Continue a stopped process"
    risk = Risk.LOW
    blast_radius = "the process"
    reversible = True
    checks: ClassVar[frozenset[str]] = frozenset({"processes", "stuck_processes"})

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        found = self.allowed.first(finding.evidence.get("stopped"))
        return found.params if found else None

    def reason_against(self, process: Process, params: Mapping[str, object]) -> str:
        return "" if process.is_stopped else f"{process} is not stopped"

    def state(self, process: Process) -> str:
        return "stopped"

    def facts(self, process: Process) -> Mapping[str, object]:
        return {"is_stopped": process.is_stopped}

    def dry_run(self, params: Mapping[str, object]) -> str:
        process = self.process(params)
        return f"would send SIGCONT to {self.described(process)}, which is {'stopped' if process.is_stopped else 'not'}"

    def execute(self, params: Mapping[str, object]) -> Executed:
        return self.perform("signal_process", self.process(params), signal="CONT")

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        for process in self.samples(params):
            if process is None:
                return Verification(False, "it has ended")
            if process.is_stopped:
                return Verification(False, f"{process} is stopped")
        return Verification(True, f"{process} runs")

    def put_back(self, process: Process, before: Mapping[str, object]) -> Executed:
        if process.is_stopped:
            return Executed(f"{process} is stopped already")
        return self.perform("signal_process", process, signal="STOP")

    def refusal_of_roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> str:
        return self.refusal("signal_process", params, signal="STOP")

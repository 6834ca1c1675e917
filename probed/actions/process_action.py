"""What the actions on a process have in common."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import ClassVar

from probed.actions.allowed_processes import AllowedProcesses, ProcessName, canonical, kin_of, misnamed
from probed.actions.performer import Performer
from probed.actions.typed_action import TypedAction, only
from probed.config.actions import ProcessesSettings
from probed.core.action import Executed, Precondition
from probed.errors import ActionRefused
from probed.helper.process import Process
from probed.host.files import owner_name

OPERATION_S = 20.0


class ProcessAction(TypedAction):
    object_kind = "process"
    cooldown_s = 600.0
    looks = 3
    looks_apart_s = 1.0
    """The verification wants that many equal answers, so far apart."""
    own_parameters: ClassVar[tuple[str, ...]] = ()
    """Beside pid, start_time and program."""

    def __init__(self, settings: ProcessesSettings, performer: Performer) -> None:
        self.allowed, self._performer = AllowedProcesses(settings), performer

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        only(params, ("pid", "start_time", "program", *self.own_parameters), self.name)
        return {**canonical(params), **self.own(params)}

    def own(self, params: Mapping[str, object]) -> Mapping[str, object]:
        """The canonical form of `own_parameters`. Raises ParameterError."""
        return {}

    def object_of(self, params: Mapping[str, object]) -> str:
        return str(ProcessName.parse(params))

    def kin_of(self, params: Mapping[str, object]) -> str:
        return kin_of(params)

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        name = ProcessName.parse(self.validate(params))
        process = name.look()
        if process is None:
            return Precondition(False, f"{name} has ended")
        against = misnamed(process, params) or self.allowed.reason_against(process)
        against = against or self.reason_against(process, params)
        return Precondition(not against, against or f"{process} is {self.state(process)}", self._snapshot(process))

    def reason_against(self, process: Process, params: Mapping[str, object]) -> str:
        """Why there is nothing to be done; empty where there is."""
        return ""

    def state(self, process: Process) -> str:
        return f"alive ({process.state})"

    def facts(self, process: Process) -> Mapping[str, object]:
        """What beside its identity a decision is bound to."""
        return {}

    def process(self, params: Mapping[str, object]) -> Process:
        """The process as it is now. Raises ActionRefused where it must not be touched (any more)."""
        name = ProcessName.parse(self.validate(params))
        process = name.look()
        if process is None:
            raise ActionRefused(f"{name} has ended")
        if against := self.allowed.reason_against(process):
            raise ActionRefused(against)
        return process

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        """With the process went what was done to it, as after a boot of the host."""
        if not self.reversible:
            return super().roll_back(params, before)
        name = ProcessName.parse(self.validate(params))
        if name.look() is None:
            return Executed(f"nothing to put back: {name} has ended")
        return self.put_back(self.process(params), before)

    def put_back(self, process: Process, before: Mapping[str, object]) -> Executed:
        raise NotImplementedError

    def perform(self, operation: str, process: Process, **more: object) -> Executed:
        params = {"pid": process.pid, "start_time": process.start_time, **more}
        return self._performer.perform(operation, params, deadline_s=OPERATION_S, own={"users": [process.uid]})

    def refusal(self, operation: str, params: Mapping[str, object], **more: object) -> str:
        """Raises ActionFailed."""
        return self._performer.refusal(operation, {**ProcessName.parse(params).params, **more})

    def samples(self, params: Mapping[str, object]) -> Iterator[Process | None]:
        name = ProcessName.parse(self.validate(params))
        for number in range(self.looks):
            time.sleep(self.looks_apart_s if number else 0)
            yield name.look()

    def described(self, process: Process) -> str:
        return f"{process} of {owner_name(process.uid)}"

    def _snapshot(self, process: Process) -> Mapping[str, object]:
        identity = {"pid": process.pid, "start_time": process.start_time, "program": process.program}
        return {**identity, "user": owner_name(process.uid), **self.facts(process)}

"""`start_unit`: start a unit that is down.

Parameters: `unit` (the one that the finding names, where it is down).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.actions import unit_reach
from probed.actions.performer import Performer
from probed.actions.unit import BUSY, UnitAction, is_up, names_in, shown, state
from probed.actions.unit_reach import UnitReach
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Risk
from probed.core.finding import Finding
from probed.host.systemd import Unit


def build(settings: ActionsSettings, performer: Performer) -> StartUnit:
    return StartUnit(settings, performer)


class StartUnit(UnitAction):
    name = "start_unit"
    title = "Start a unit"
    risk = Risk.LOW
    blast_radius = "the unit, the units that it needs and that are started along, and those that cannot run beside it"
    reversible = True

    def helps(self, finding: Finding) -> bool:
        return finding.evidence.get("active_state") == "inactive"

    def reach(self, seen: Unit) -> UnitReach:
        return unit_reach.of_start(seen)

    def obstacle(self, unit: Unit, params: Mapping[str, object]) -> str:
        if unit.active_state in BUSY:
            return f"{unit.name} is {state(unit)} already"
        return "" if unit.can_start else f"{unit.name} cannot be started on request"

    def wish(self, unit: Unit, params: Mapping[str, object]) -> Sequence[str]:
        return [f"would start {shown(unit)}"]

    def fault_after(self, seen: Unit, params: Mapping[str, object], executed: Executed | None) -> str:
        return "" if is_up(seen) else f"{seen.name} is {state(seen)}"

    def success(self, seen: Unit) -> str:
        return f"{seen.name} is {state(seen)} and stays up"

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        """What was started along stays up: others may have come to need it."""
        stopped = self.put_back("stop_unit", [self.object_of(self.validate(params))], up=False)
        interrupted = names_in(before)
        if not interrupted:
            return stopped
        restored = self.put_back("start_unit", interrupted, up=True)
        return Executed(f"{stopped.detail}; {restored.detail}", stopped.before, stopped.after)

    def refusal_of_roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> str:
        stop = self.refusal("stop_unit", self.object_of(self.validate(params)))
        return stop or self.refusal("start_unit", *names_in(before))

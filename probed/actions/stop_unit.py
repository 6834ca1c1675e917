"""`stop_unit`: stop a unit that is up.

Parameters: `unit` (the document has to name it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.actions import unit_reach
from probed.actions.performer import Performer
from probed.actions.unit import BUSY, UnitAction, names_in, shown, state
from probed.actions.unit_reach import UnitReach, active_with
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Risk
from probed.host.systemd import Unit


def build(settings: ActionsSettings, performer: Performer) -> StopUnit:
    return StopUnit(settings, performer)


class StopUnit(UnitAction):
    """Only where a document names the unit, or a person is asked: stopping is what no finding asks for by itself."""

    name = "stop_unit"
    title = "Stop a unit"
    risk = Risk.MEDIUM
    blast_radius = "the unit, and the units that are stopped along because they need it"
    reversible = True
    daily_cap = 6

    def reach(self, seen: Unit) -> UnitReach:
        return unit_reach.of_stop(seen)

    def obstacle(self, unit: Unit, params: Mapping[str, object]) -> str:
        if unit.active_state not in BUSY:
            return f"{unit.name} is {state(unit)} already"
        return "" if unit.can_stop else f"{unit.name} cannot be stopped on request"

    def wish(self, unit: Unit, params: Mapping[str, object]) -> Sequence[str]:
        triggers = active_with(unit.triggered_by)
        again = [f"may be started again by: {', '.join(triggers)}"] if triggers else []
        return [f"would stop {shown(unit)}", *again]

    def fault_after(self, seen: Unit, params: Mapping[str, object], executed: Executed | None) -> str:
        return f"{seen.name} is {state(seen)}" if seen.active_state in BUSY else ""

    def success(self, seen: Unit) -> str:
        return f"{seen.name} is {state(seen)} and stays down"

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        return self.put_back("start_unit", [self.object_of(self.validate(params)), *names_in(before)], up=True)

    def refusal_of_roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> str:
        return self.refusal("start_unit", self.object_of(self.validate(params)), *names_in(before))

"""`reload_unit`: have a unit that is up read its configuration again.

Parameters: `unit` (the document has to name it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.actions.performer import Performer
from probed.actions.unit import UnitAction, shown, state
from probed.actions.unit_reach import UnitReach
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Risk
from probed.host.systemd import Unit


def build(settings: ActionsSettings, performer: Performer) -> ReloadUnit:
    return ReloadUnit(settings, performer)


class ReloadUnit(UnitAction):
    name = "reload_unit"
    title = "Reload a unit"
    risk = Risk.LOW
    blast_radius = "the unit, and the units that are reloaded along with it: their configuration comes into force"
    cooldown_s = 300.0
    daily_cap = 24

    def reach(self, seen: Unit) -> UnitReach:
        return UnitReach(reloaded=seen.reloaded)

    def obstacle(self, unit: Unit, params: Mapping[str, object]) -> str:
        if unit.active_state != "active":
            return f"{unit.name} is {state(unit)}: only what is up can reload"
        return "" if unit.can_reload else f"{unit.name} does not know how to reload"

    def wish(self, unit: Unit, params: Mapping[str, object]) -> Sequence[str]:
        return [f"would reload {shown(unit)}"]

    def fault_after(self, seen: Unit, params: Mapping[str, object], executed: Executed | None) -> str:
        if seen.active_state != "active":
            return f"{seen.name} is {state(seen)}"
        was_restarted = executed is not None and executed.before.get("invocation_id") != seen.invocation_id
        return f"{seen.name} did not survive it: it was started anew" if was_restarted else ""

    def success(self, seen: Unit) -> str:
        return f"{seen.name} has reloaded and stays {state(seen)}"

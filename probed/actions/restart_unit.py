"""`restart_unit`: restart a systemd unit that is not up; one that is only where `even_if_up` says so.

Parameters: `unit` (the one that the finding names), `even_if_up` (false).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.actions import unit_reach
from probed.actions.observed_action import even_if_up
from probed.actions.performer import Performer
from probed.actions.unit import RESTARTING, UP, UnitAction, is_up, reason_unwanted, shown, state
from probed.actions.unit_reach import UnitReach
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Risk
from probed.core.finding import Finding
from probed.host.systemd import Unit


def build(settings: ActionsSettings, performer: Performer) -> RestartUnit:
    return RestartUnit(settings, performer)


class RestartUnit(UnitAction):
    name = "restart_unit"
    title = "Restart a unit"
    risk = Risk.LOW
    blast_radius = "the unit, and the units that are restarted or stopped along with it"
    own_parameters = ("even_if_up",)

    def helps(self, finding: Finding) -> bool:
        return True

    def own(self, params: Mapping[str, object]) -> Mapping[str, object]:
        return even_if_up(params)

    def reach(self, seen: Unit) -> UnitReach:
        return unit_reach.of_restart(seen)

    def obstacle(self, unit: Unit, params: Mapping[str, object]) -> str:
        if unit.active_state not in UP:
            return _reason_nobody_wants(unit)
        if params.get("even_if_up"):
            return ""
        return f"{unit.name} is {state(unit)} already; if it hangs, type: systemctl restart {unit.name}"

    def wish(self, unit: Unit, params: Mapping[str, object]) -> Sequence[str]:
        return [f"would restart {shown(unit)}"]

    def fault_after(self, seen: Unit, params: Mapping[str, object], executed: Executed | None) -> str:
        if not is_up(seen):
            return f"{seen.name} is {state(seen)}"
        is_same = executed is not None and executed.before.get("invocation_id") == seen.invocation_id
        return f"{seen.name} was not started anew" if is_same else ""

    def success(self, seen: Unit) -> str:
        return f"{seen.name} is {state(seen)} and stays up"


def _reason_nobody_wants(unit: Unit) -> str:
    """Why a unit that is not up is meant to be down, or on its way already; empty where it should be up.

    A failure and a restart by systemd itself tell that somebody wanted it up, however it was started.
    """
    if unit.active_state == "failed" or unit.sub_state in RESTARTING:
        return ""
    if unit.active_state != "inactive":
        is_loop = unit.restarts > 0 if unit.active_state == "activating" else unit.result not in ("", "success")
        return "" if is_loop else f"{unit.name} is {state(unit)}: wait for the end of that"
    return reason_unwanted(unit)

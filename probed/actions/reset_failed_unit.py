"""`reset_failed_unit`: forget the failure of a unit that nobody wants up.

Parameters: `unit` (the one that the finding names, where it has failed).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.actions.performer import Performer
from probed.actions.unit import UnitAction, reason_unwanted, shown, state
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Risk
from probed.core.finding import Finding
from probed.helper.units import FORGETTABLE
from probed.host.systemd import Unit


def build(settings: ActionsSettings, performer: Performer) -> ResetFailedUnit:
    return ResetFailedUnit(settings, performer)


class ResetFailedUnit(UnitAction):
    """A failure that is forgotten is a finding that is gone: of a unit that should run it would hide the fault."""

    name = "reset_failed_unit"
    title = "Forget the failure of a unit"
    risk = Risk.LOW
    blast_radius = "what systemd remembers of the unit's end; nothing is started or stopped"
    cooldown_s = 3600.0
    load_states = FORGETTABLE

    def helps(self, finding: Finding) -> bool:
        return finding.evidence.get("active_state") == "failed"

    def obstacle(self, unit: Unit, params: Mapping[str, object]) -> str:
        if unit.active_state != "failed":
            return f"{unit.name} is {state(unit)}, not failed"
        return "" if reason_unwanted(unit) else f"{unit.name} should be up: to forget its failure would hide it"

    def wish(self, unit: Unit, params: Mapping[str, object]) -> Sequence[str]:
        return [f"would forget the failure of {shown(unit)}"]

    def fault_after(self, seen: Unit, params: Mapping[str, object], executed: Executed | None) -> str:
        return f"{seen.name} is {state(seen)} again" if seen.active_state == "failed" else ""

    def success(self, seen: Unit) -> str:
        return f"{seen.name} is {state(seen)}"

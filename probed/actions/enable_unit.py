"""`enable_unit`: have a unit started with the next boot, as its file says; it is not started now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.actions.performer import Performer
from probed.actions.unit import UnitAction, look, shown, words
from probed.actions.unit_reach import Reach
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Risk
from probed.errors import ActionFailed, HostFailed, NotHere
from probed.host import systemd
from probed.host.systemd import Unit

WANTING = ("WantedBy", "RequiredBy", "UpheldBy")
ENABLED = ("enabled", "enabled-runtime", "alias")


def build(settings: ActionsSettings, performer: Performer) -> EnableUnit:
    return EnableUnit(settings, performer)


class EnableUnit(UnitAction):
    name = "enable_unit"
    title = "Enable a unit"
    risk = Risk.LOW
    blast_radius = "what starts with the next boot; systemd reads its files anew"
    reversible = True
    cooldown_s = 3600.0
    daily_cap = 6

    def reach(self, unit: Unit) -> Reach:
        """An alias is a name that comes into being: it must not be one that nobody may touch."""
        install = systemd.install_section(unit.name)
        return Reach(enabled=tuple(sorted({*install.get("Also", ()), *install.get("Alias", ())} - {*unit.names})))

    def snapshot(self, unit: Unit, reach: Reach) -> Mapping[str, object]:
        return {"unit": unit.name, "unit_file_state": unit.unit_file_state, "enabled_with_it": list(reach.enabled)}

    def obstacle(self, unit: Unit, params: Mapping[str, object]) -> str:
        if unit.unit_file_state != "disabled":
            return f"{unit.name} is {unit.unit_file_state or 'without a file'}, not disabled"
        along = systemd.show(self.reach(unit).enabled)
        enabled = next((each.name for each in along if each.unit_file_state in ENABLED), "")
        # to disable the one again would disable the other, too
        return f"{enabled}, which goes with it, is enabled already" if enabled else ""

    def intent(self, unit: Unit, params: Mapping[str, object]) -> Sequence[str]:
        install = systemd.install_section(unit.name)
        wanting = ", ".join(name for each in WANTING for name in install.get(each, ())) or "nothing else"
        return [f"would enable {shown(unit)}: {wanting} would start it; it is not started now"]

    def fault_after(self, unit: Unit, params: Mapping[str, object], executed: Executed | None) -> str:
        return "" if unit.unit_file_state in ENABLED else f"{unit.name} is {unit.unit_file_state}"

    def success(self, unit: Unit) -> str:
        return f"{unit.name} is {unit.unit_file_state}"

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        name = self.object_of(self.validate(params))
        try:
            unit = look(name)
        except (NotHere, HostFailed) as error:
            raise ActionFailed(words(error)) from error
        if unit.unit_file_state not in ENABLED:
            return Executed(f"nothing to put back: {name} is {unit.unit_file_state} already")
        return self.perform("disable_unit", {"unit": name})

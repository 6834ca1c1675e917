"""`enable_unit`: have a unit started with the next boot, as its file says; it is not started now.

Parameters: `unit` (the document has to name it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.actions.performer import Performer
from probed.actions.unit import UnitAction, look_back, shown
from probed.actions.unit_reach import UnitReach
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Risk
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

    def reach(self, seen: Unit) -> UnitReach:
        """An alias is a name that comes into being: it must not be one that nobody may touch."""
        install = systemd.install_section(seen.name)
        return UnitReach(enabled=tuple(sorted({*install.get("Also", ()), *install.get("Alias", ())} - {*seen.names})))

    def snapshot(self, seen: Unit, reach: UnitReach) -> Mapping[str, object]:
        return {"unit": seen.name, "unit_file_state": _file_state(seen), "enabled_with_it": list(reach.enabled)}

    def obstacle(self, unit: Unit, params: Mapping[str, object]) -> str:
        if (file_state := _file_state(unit)) != "disabled":
            return f"{unit.name} is {file_state or 'without a file'}, not disabled"
        along = systemd.show(self.reach(unit).enabled)
        enabled = next((each.name for each in along if each.unit_file_state in ENABLED), "")
        # to disable the one again would disable the other, too
        return f"{enabled}, which goes with it, is enabled already" if enabled else ""

    def wish(self, unit: Unit, params: Mapping[str, object]) -> Sequence[str]:
        install = systemd.install_section(unit.name)
        wanting = ", ".join(name for each in WANTING for name in install.get(each, ())) or "nothing else"
        return [f"would enable {shown(unit)}: {wanting} would start it; it is not started now"]

    def fault_after(self, seen: Unit, params: Mapping[str, object], executed: Executed | None) -> str:
        file_state = _file_state(seen)
        return "" if file_state in ENABLED else f"{seen.name} is {file_state}"

    def success(self, seen: Unit) -> str:
        return f"{seen.name} is {_file_state(seen)}"

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        name = self.object_of(self.validate(params))
        unit = look_back(name)
        if unit.unit_file_state not in ENABLED:
            return Executed(f"nothing to put back: {name} is {unit.unit_file_state} already")
        return self.perform("disable_unit", {"unit": name})

    def refusal_of_roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> str:
        return self.refusal("disable_unit", self.object_of(self.validate(params)))


def _file_state(unit: Unit) -> str:
    """Raises NotHere, HostFailed."""
    return systemd.file_state(unit.name) or unit.unit_file_state

"""`set_unit_property`: bound the memory or the processor time of a running unit until the next boot.

Parameters: `unit` (the document has to name it), `property` (MemoryMax or CPUQuota), `value` (like 512M or 50%).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.actions.performer import Performer
from probed.actions.unit import UnitAction, facts, shown, state
from probed.actions.unit_reach import UnitReach
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Risk
from probed.core.size import size_text
from probed.errors import ActionFailed, ParameterError
from probed.helper.units import fault_of_property
from probed.host import cgroup
from probed.host.cgroup import Limits
from probed.host.systemd import Unit

MEMORY, CPU = "MemoryMax", "CPUQuota"
NO_LIMIT = "infinity"
LEAST_MEMORY_BYTES = 16 * 2**20
LEAST_CPU_PERCENT = 5.0
UNITS = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
PAGE_BYTES = 65_536
"""The kernel rounds a limit down to a page; no page is larger."""


def build(settings: ActionsSettings, performer: Performer) -> SetUnitProperty:
    return SetUnitProperty(settings, performer)


class SetUnitProperty(UnitAction):
    name = "set_unit_property"
    title = "Limit a unit"
    risk = Risk.MEDIUM
    blast_radius = "the unit alone: it may get slower, or lose processes once it wants more memory than that"
    reversible = True
    own_parameters = ("property", "value")

    def own(self, params: Mapping[str, object]) -> Mapping[str, object]:
        name, value = params.get("property"), params.get("value")
        if fault := fault_of_property(name, value or None):
            raise ParameterError("value" if name in (MEMORY, CPU) else "property", fault)
        if name == MEMORY and value != NO_LIMIT and _bytes(str(value)) < LEAST_MEMORY_BYTES:
            raise ParameterError("value", f"MemoryMax is at least {size_text(LEAST_MEMORY_BYTES)}")
        if name == CPU and _percent(str(value)) < LEAST_CPU_PERCENT:
            raise ParameterError("value", f"CPUQuota is at least {LEAST_CPU_PERCENT:g}%")
        return {"property": name, "value": value}

    def execute(self, params: Mapping[str, object]) -> Executed:
        return self.perform(self.name, self.validate(params))

    def snapshot(self, seen: Unit, reach: UnitReach) -> Mapping[str, object]:
        found = cgroup.limits(seen.control_group)
        return {**facts(seen), MEMORY: found.memory_max_bytes, CPU: found.cpu_quota_percent}

    def obstacle(self, unit: Unit, params: Mapping[str, object]) -> str:
        if unit.active_state != "active" or not unit.control_group:
            return f"{unit.name} is {state(unit)}: only what runs can be limited"
        found, value = cgroup.limits(unit.control_group), str(params["value"])
        if _is_set(found, params):
            return f"{params['property']} of {unit.name} is {value} already"
        if params["property"] == MEMORY and value != NO_LIMIT and _bytes(value) <= found.held_bytes:
            held = size_text(found.held_bytes)
            return f"{unit.name} holds {held} that cannot be taken from it: {value} would end some of its processes"
        return ""

    def wish(self, unit: Unit, params: Mapping[str, object]) -> Sequence[str]:
        found = cgroup.limits(unit.control_group)
        earlier = _shown_limit(found, params) or "no limit"
        return [
            f"would set {params['property']} of {shown(unit)} from {earlier} to {params['value']} until the next boot",
            f"it holds {size_text(found.held_bytes)} of memory",
        ]

    def fault_after(self, seen: Unit, params: Mapping[str, object], executed: Executed | None) -> str:
        """systemd knows what it was told; what holds is what the kernel says."""
        if seen.active_state != "active":
            return f"{seen.name} is {state(seen)}"
        if executed is not None and executed.before.get("invocation_id") != seen.invocation_id:
            return f"{seen.name} did not survive it: it was started anew"
        found = cgroup.limits(seen.control_group)
        if _is_set(found, params):
            return ""
        return f"the kernel keeps {params['property']} of {seen.name} at {_shown_limit(found, params) or 'no limit'}"

    def success(self, seen: Unit) -> str:
        return f"the kernel keeps the limit of {seen.name}, which is {state(seen)}"

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        """Whatever the kernel says now: systemd keeps what it was told for the next start, of a unit that the limit
        has ended, too, or that the kernel would not limit."""
        params = self.validate(params)
        name, changed = self.object_of(params), str(params["property"])
        if changed not in before:
            raise ActionFailed(f"nobody knows what {changed} of {name} was")
        return self.perform(self.name, {**params, "value": _value(changed, before[changed])})


def _is_set(found: Limits, params: Mapping[str, object]) -> bool:
    """The empty value and `infinity` mean no limit."""
    value = str(params["value"])
    if params["property"] == MEMORY:
        if value in ("", NO_LIMIT) or found.memory_max_bytes is None:
            return value in ("", NO_LIMIT) and found.memory_max_bytes is None
        return 0 <= _bytes(value) - found.memory_max_bytes < PAGE_BYTES
    if not value or found.cpu_quota_percent is None:
        return not value and found.cpu_quota_percent is None
    return abs(found.cpu_quota_percent - _percent(value)) < 0.1


def _shown_limit(found: Limits, params: Mapping[str, object]) -> str:
    if params["property"] == MEMORY:
        return size_text(found.memory_max_bytes) if found.memory_max_bytes is not None else ""
    return f"{found.cpu_quota_percent:g}%" if found.cpu_quota_percent is not None else ""


def _value(name: str, earlier: object) -> str:
    """As systemctl takes it."""
    if not isinstance(earlier, int | float):
        return NO_LIMIT if name == MEMORY else ""
    return f"{earlier:.0f}" if name == MEMORY else f"{earlier:.2f}".rstrip("0").rstrip(".") + "%"


def _bytes(value: str) -> int:
    return int(value[:-1]) * UNITS[value[-1]] if value[-1] in UNITS else int(value)


def _percent(value: str) -> float:
    return float(value.removesuffix("%"))

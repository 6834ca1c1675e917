"""What the actions on systemd units have in common: how they look at them, and which others they must not hit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from probed.actions.allowed_names import AllowedNames
from probed.actions.observed_action import LOOKS_APART_S, ObservedAction, words
from probed.actions.performer import Performer
from probed.actions.unit_reach import UnitReach, active_with
from probed.config.actions import ActionsSettings
from probed.core.action import Executed
from probed.core.pattern import is_pattern
from probed.errors import ActionFailed, ActionRefused, HostFailed, NotHere
from probed.helper.units import JOB_S, fault_of_name, is_protected
from probed.host import cgroup, systemd
from probed.host.systemd import Unit

CHECK = "systemd_unit"
UP = ("active", "reloading", "refreshing")
BUSY = (*UP, "activating", "deactivating")
RESTARTING = ("auto-restart", "auto-restart-queued")
SHOWN_PIDS = 10
SYSTEMD_ITSELF = "systemd-*"


class UnitAction(ObservedAction[Unit, UnitReach]):
    object_kind = "unit"
    own_check = CHECK
    checks = ObservedAction.checks | {CHECK}
    operation_s = JOB_S + 10
    load_states: ClassVar[tuple[str, ...]] = ("loaded",)
    """Of the units that it can work on."""

    def __init__(self, settings: ActionsSettings, performer: Performer, looks_apart_s: float = LOOKS_APART_S) -> None:
        units = settings.units
        allow = [name if is_pattern(name) else systemd.full_name(name) for name in units.allow]
        allowed = AllowedNames("unit", allow, _whole(units.never), fault_of_name, is_protected)
        self._not_along = _whole(pattern for pattern in units.never if pattern != SYSTEMD_ITSELF)
        super().__init__(allowed, performer, looks_apart_s)

    def look(self, name: str) -> Unit:
        return look(name)

    def reach(self, seen: Unit) -> UnitReach:
        return UnitReach()

    def reason_against(self, seen: Unit, reach: UnitReach, params: Mapping[str, object]) -> str:
        if seen.load_state not in self.load_states:
            return f"{seen.name} is {seen.load_state}"
        return (
            self.allowed.first_against(seen.names, f"{seen.name} is also {{}}")
            or self.obstacle(seen, params)
            or self._against_reach(reach)
        )

    def obstacle(self, unit: Unit, params: Mapping[str, object]) -> str:
        """Why there is nothing for it to do, or why it must not be done; empty: it may."""
        return ""

    def state(self, seen: Unit) -> str:
        return f"{seen.name} is {state(seen)}"

    def snapshot(self, seen: Unit, reach: UnitReach) -> Mapping[str, object]:
        return {**facts(seen), **reach.facts()}

    def intent(self, seen: Unit, reach: UnitReach, params: Mapping[str, object]) -> Sequence[str]:
        return [*self.wish(seen, params), *reach.lines()]

    def wish(self, unit: Unit, params: Mapping[str, object]) -> Sequence[str]:
        """What would be done to the unit itself, in lines."""
        return []

    def start_of(self, seen: Unit) -> object:
        return seen.restarts, seen.invocation_id

    def perform(self, operation: str, params: Mapping[str, object]) -> Executed:
        try:
            systemd.require()
        except NotHere as error:
            raise ActionRefused(words(error)) from error
        return super().perform(operation, params)

    def put_back(self, operation: str, names: Iterable[str], *, up: bool) -> Executed:
        """Carry the operation out on those of the units that are not `up` as wanted; the first speaks for all. Raises
        ActionFailed."""
        names = list(dict.fromkeys(names))
        units = map(look_back, names)
        left = [name for name, unit in zip(names, units, strict=True) if (unit.active_state in BUSY) is not up]
        done = [self.perform(operation, {"unit": name}) for name in left]
        if not done:
            return Executed(f"nothing to put back: {', '.join(names)} {'is up' if up else 'is down'} already")
        return Executed("; ".join(each.detail for each in done), done[0].before, done[0].after)

    def _against_reach(self, reach: UnitReach) -> str:
        return (
            self.allowed.first_against(reach.restarted, "{} would be restarted with it")
            or self.allowed.first_against(reach.stopped, "{} would be stopped by it")
            or self.allowed.first_against(reach.started, "{} would be started with it", self._not_along)
            or self.allowed.first_against(reach.reloaded, "{} would be reloaded with it")
            or self.allowed.first_against(reach.enabled, "{} would be enabled with it")
        )


def _whole(patterns: Iterable[str]) -> tuple[str, ...]:
    """`nginx` means every unit of that name, of whatever type."""
    return tuple(each for pattern in patterns for each in (pattern, *systemd.every_type(pattern)))


def look(name: str) -> Unit:
    """Raises NotHere, HostFailed."""
    found = systemd.show([name])
    if not found:
        raise HostFailed(f"systemd says nothing about {name}")
    return found[0]


def look_back(name: str) -> Unit:
    """For a roll-back. Raises ActionFailed."""
    try:
        return look(name)
    except (NotHere, HostFailed) as error:
        raise ActionFailed(words(error)) from error


def facts(unit: Unit) -> Mapping[str, object]:
    """A unit that systemd keeps restarting changes all the time; that it does is the fact."""
    told: dict[str, object] = {"unit": unit.name, "load_state": unit.load_state}
    if unit.active_state in ("activating", "deactivating"):
        return {**told, "active_state": "restarting"}
    return {
        **told,
        "active_state": unit.active_state,
        "sub_state": unit.sub_state,
        "result": unit.result,
        "invocation_id": unit.invocation_id,
    }


def state(unit: Unit) -> str:
    """`failed (exit-code)`, `active (running)`."""
    reason = unit.sub_state if unit.result in ("", "success") else unit.result
    return f"{unit.active_state} ({reason})" if reason and reason != unit.active_state else unit.active_state


def reason_unwanted(unit: Unit) -> str:
    """Why nobody wants the unit up; empty where boot does, or a unit that is up. Raises NotHere, HostFailed."""
    if unit.unit_file_state in systemd.STARTED_AT_BOOT:
        return ""
    file_state = unit.unit_file_state or "without a file"
    if file_state != "disabled" and active_with(unit.wanted_by):
        return ""
    return f"{unit.name} is {unit.active_state} and {file_state}: nobody wants it up"


def names_in(before: Mapping[str, object]) -> list[str]:
    """The units that a snapshot says would be stopped along."""
    names = before.get("stopped_by_it", ())
    return [str(name) for name in names] if isinstance(names, list | tuple) else []


def shown(unit: Unit) -> str:
    """`nginx.service (A web server), which is active (running), main process 42`."""
    return f"{unit.name} ({unit.description}), which is {state(unit)}, {_processes(unit)}"


def _processes(unit: Unit) -> str:
    """`main process 42, beside it 43, 44 and 7 more`."""
    main = f"main process {unit.main_pid}" if unit.main_pid else "no main process"
    others = [str(pid) for pid in cgroup.pids(unit.control_group) if pid != unit.main_pid]
    more = f" and {len(others) - SHOWN_PIDS} more" if len(others) > SHOWN_PIDS else ""
    return f"{main}, beside it {', '.join(others[:SHOWN_PIDS])}{more}" if others else main


def is_up(unit: Unit) -> bool:
    """A one-shot unit is done when it has ended well."""
    if unit.type == "oneshot" and unit.active_state == "inactive":
        return unit.result == "success"
    return unit.active_state == "active"

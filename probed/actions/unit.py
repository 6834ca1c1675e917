"""What the actions on systemd units have in common: which units they may work on, and how they look at them."""

from __future__ import annotations

import abc
import time
from collections.abc import Iterable, Mapping, Sequence

from probed.actions.performer import Performer
from probed.actions.typed_action import TypedAction
from probed.actions.unit_reach import Reach, active_with
from probed.config.actions import ActionsSettings, UnitsSettings
from probed.core.action import Executed, Precondition, Verification
from probed.core.finding import Finding
from probed.core.pattern import fits_any
from probed.errors import ActionFailed, ActionRefused, HostFailed, NotHere, ParameterError
from probed.helper.units import JOB_S, fault_of_name, is_protected
from probed.host import systemd
from probed.host.systemd import Unit

CHECK = "systemd_unit"
SYMPTOMS = frozenset(
    {"command", "cpu", "file", "http", "load", "memory", "pressure", "processes", "swap", "tcp_port", "tls_certificate"}
)
"""Their findings name no unit; a document that names one says who is behind them."""
LOOKS_APART_S = 3.0
UP = ("active", "reloading", "refreshing")
BUSY = (*UP, "activating", "deactivating")
RESTARTING = ("auto-restart", "auto-restart-queued")
SYSTEMD_ITSELF = "systemd-*"


class AllowedUnits:
    """The allow-set that no name of a unit leaves."""

    def __init__(self, settings: UnitsSettings) -> None:
        self._settings = settings
        self.own = {"never": list(settings.never)}
        """What an operation has to obey where no policy of root's speaks."""

    def parse(self, unit: object) -> str:
        """Raises ParameterError."""
        if fault := fault_of_name(unit):
            raise ParameterError("unit", fault)
        name = str(unit)
        if not fits_any(name, self._settings.allow):
            raise ParameterError("unit", f"{name} is not in actions.units.allow")
        if reason := self._against(name, self._settings.never):
            raise ParameterError("unit", f"{name} is {reason}")
        return name

    def reason_against(self, unit: Unit, reach: Reach) -> str:
        """Why neither the unit nor what is affected along with it may be touched; empty where it may."""
        never = self._settings.never
        may_start = [pattern for pattern in never if pattern != SYSTEMD_ITSELF]
        return (
            self._first(unit.names, never, f"{unit.name} is also {{}}")
            or self._first(reach.restarted, never, "{} would be restarted with it")
            or self._first(reach.stopped, never, "{} would be stopped by it")
            or self._first(reach.started, may_start, "{} would be started with it")
            or self._first(reach.reloaded, never, "{} would be reloaded with it")
            or self._first(reach.enabled, never, "{} would be enabled with it")
        )

    def _first(self, names: Iterable[str], never: Sequence[str], words: str) -> str:
        reasons = ((name, self._against(name, never)) for name in names)
        return next((f"{words.format(name)}, which is {reason}" for name, reason in reasons if reason), "")

    def _against(self, name: str, never: Sequence[str]) -> str:
        if fits_any(name, never):
            return "in actions.units.never"
        return "never touched" if is_protected(name) else ""


class UnitAction(TypedAction):
    """`params` has the canonical form wherever a subclass is asked."""

    object_kind = "unit"
    checks = SYMPTOMS | {CHECK}
    parameters: Sequence[str] = ("unit",)

    def __init__(self, settings: ActionsSettings, performer: Performer, looks_apart_s: float = LOOKS_APART_S) -> None:
        self._allowed, self._performer, self._looks_apart_s = AllowedUnits(settings.units), performer, looks_apart_s

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        if finding.check != CHECK:
            return fixed if "unit" in fixed else None
        if "unit" not in fixed:
            return {**fixed, "unit": finding.object} if self.helps(finding) else None
        return fixed if fixed["unit"] == finding.object else None

    def helps(self, finding: Finding) -> bool:
        """Whether a finding about a unit calls for this action without a document that names the unit."""
        return False

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        for name in params:
            if name not in self.parameters:
                raise ParameterError(name, f"unknown; {self.name} knows {', '.join(self.parameters)}")
        return {"unit": self._allowed.parse(params.get("unit"))}

    def object_of(self, params: Mapping[str, object]) -> str:
        return str(params["unit"])

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        params = self.validate(params)
        try:
            unit = look(self.object_of(params))
            reach = self.reach(unit)
            against = self._reason_against(unit, reach, params)
        except (NotHere, HostFailed) as error:
            return Precondition(False, words(error))
        return Precondition(not against, against or f"{unit.name} is {state(unit)}", self.snapshot(unit, reach))

    def dry_run(self, params: Mapping[str, object]) -> str:
        params = self.validate(params)
        try:
            unit = look(self.object_of(params))
            reach = self.reach(unit)
        except (NotHere, HostFailed) as error:
            raise ActionFailed(words(error)) from error
        return "\n".join([*self.intent(unit, params), *reach.lines()])

    def execute(self, params: Mapping[str, object]) -> Executed:
        return self.perform(self.name, self.validate(params))

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        params = self.validate(params)
        try:
            first = look(self.object_of(params))
            time.sleep(self._looks_apart_s)
            second = look(self.object_of(params))
        except (NotHere, HostFailed) as error:
            return Verification(False, words(error))
        for unit in (first, second):
            if fault := self.fault_after(unit, params, executed):
                return Verification(False, fault)
        if (first.restarts, first.invocation_id) != (second.restarts, second.invocation_id):
            return Verification(False, f"{second.name} was started anew within {self._looks_apart_s:g} s")
        return Verification(True, self.success(second))

    def put_back(self, operation: str, names: Iterable[str], *, up: bool) -> Executed:
        """Carry the operation out on those of the units that are not `up` as wanted; the first speaks for all. Raises
        ActionFailed."""
        names = list(dict.fromkeys(names))
        try:
            units = systemd.show(names)
        except (NotHere, HostFailed) as error:
            raise ActionFailed(words(error)) from error
        left = [name for name, unit in zip(names, units, strict=True) if (unit.active_state in BUSY) is not up]
        done = [self.perform(operation, {"unit": name}) for name in left]
        if not done:
            return Executed(f"nothing to put back: {', '.join(names)} {'is up' if up else 'is down'} already")
        return Executed("; ".join(each.detail for each in done), done[0].before, done[0].after)

    def perform(self, operation: str, params: Mapping[str, object]) -> Executed:
        """Raises ActionFailed."""
        try:
            systemd.require()
        except NotHere as error:
            raise ActionRefused(words(error)) from error
        return self._performer.perform(operation, params, deadline_s=JOB_S + 10, own=self._allowed.own)

    def reach(self, unit: Unit) -> Reach:
        """What else it hits. Raises NotHere, HostFailed."""
        return Reach()

    def snapshot(self, unit: Unit, reach: Reach) -> Mapping[str, object]:
        return {**facts(unit), **reach.facts()}

    @abc.abstractmethod
    def obstacle(self, unit: Unit, params: Mapping[str, object]) -> str:
        """Why there is nothing for it to do, or why it must not be done; empty: it may. Raises NotHere, HostFailed."""

    @abc.abstractmethod
    def intent(self, unit: Unit, params: Mapping[str, object]) -> Sequence[str]:
        """What would be done to the unit itself, in lines. Raises NotHere, HostFailed."""

    @abc.abstractmethod
    def fault_after(self, unit: Unit, params: Mapping[str, object], executed: Executed | None) -> str:
        """Why one look shows that it did not help; empty: it did."""

    @abc.abstractmethod
    def success(self, unit: Unit) -> str: ...

    def _reason_against(self, unit: Unit, reach: Reach, params: Mapping[str, object]) -> str:
        if unit.load_state != "loaded":
            return f"{unit.name} is {unit.load_state}"
        return self._allowed.reason_against(unit, Reach()) or (
            self.obstacle(unit, params) or self._allowed.reason_against(unit, reach)
        )


def look(name: str) -> Unit:
    """Raises NotHere, HostFailed."""
    found = systemd.show([name])
    if not found:
        raise HostFailed(f"systemd says nothing about {name}")
    return found[0]


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
    process = f"main process {unit.main_pid}" if unit.main_pid else "no main process"
    return f"{unit.name} ({unit.description}), which is {state(unit)}, {process}"


def is_up(unit: Unit) -> bool:
    """A one-shot unit is done when it has ended well."""
    if unit.type == "oneshot" and unit.active_state == "inactive":
        return unit.result == "success"
    return unit.active_state == "active"


def words(error: NotHere | HostFailed) -> str:
    return f"there is no {error} on this host" if isinstance(error, NotHere) else str(error)

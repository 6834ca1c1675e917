"""`restart_unit`: restart a systemd unit that is not up."""

from __future__ import annotations

import fnmatch
import os
import re
import time
from collections.abc import Mapping, Sequence

from probed.actions.performer import Performer
from probed.config.actions import ActionsSettings, RestartUnitSettings
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.finding import ActionCall, Finding
from probed.errors import ActionFailed, HostFailed, NotHere, ParameterError
from probed.host import systemd
from probed.host.command import run_command
from probed.host.systemd import Unit

CHECK = "systemd_unit"
UNIT_NAME = re.compile(r"(?![-.@])[A-Za-z0-9:_.\\@-]+\.(service|socket|timer|path|mount|automount|swap)")
"""systemd.unit(5), without the units that nobody restarts; a leading dash would be an option."""
MAX_NAME = 255
RESTART_S = 100.0
RESET_S = 10.0
LOOKS_APART_S = 3.0
MAX_AFFECTED = 200
UP = ("active", "reloading", "refreshing")
RESTARTING = ("auto-restart", "auto-restart-queued")
NO_RIGHT = ("access denied", "interactive authentication required", "permission denied", "not authorized")


def build(settings: ActionsSettings, performer: Performer) -> RestartUnit:
    return RestartUnit(settings.restart_unit)


class RestartUnit:
    name = "restart_unit"
    title = "Restart a unit"
    object_kind = "unit"
    risk = Risk.LOW
    blast_radius = "the unit, and the units that are restarted or stopped along with it"
    reversible = False
    cooldown_s = 900.0
    daily_cap = 12
    deadline_s = 120.0
    settle_s = 3.0

    def __init__(self, settings: RestartUnitSettings, looks_apart_s: float = LOOKS_APART_S) -> None:
        self._settings, self._looks_apart_s = settings, looks_apart_s

    def call_for(self, finding: Finding, fixed: Mapping[str, object]) -> ActionCall | None:
        proposal = finding.proposed_action
        if proposal is not None and proposal.action == self.name:
            params = self.validate(proposal.params)
        elif finding.check == CHECK:
            params = self.validate({"unit": finding.object})
        else:
            return None
        return ActionCall(self.name, params) if not fixed or self.validate(fixed) == params else None

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        for name in params:
            if name != "unit":
                raise ParameterError(name, "unknown; restart_unit knows unit")
        unit = params.get("unit")
        if not isinstance(unit, str) or len(unit) > MAX_NAME or not UNIT_NAME.fullmatch(unit):
            raise ParameterError("unit", "expected the name of a unit with its suffix, such as nginx.service")
        if unit.partition("@")[2].startswith("."):
            raise ParameterError("unit", f"{unit} is a template, not a unit")
        if not _fits(unit, self._settings.units):
            raise ParameterError("unit", f"{unit} is not in actions.restart_unit.units")
        if _fits(unit, self._settings.never):
            raise ParameterError("unit", f"{unit} is in actions.restart_unit.never")
        return {"unit": unit}

    def object_of(self, params: Mapping[str, object]) -> str:
        return str(params["unit"])

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        name = self._unit_name(params)
        try:
            unit = _look(name)
            stopped = _active_with(unit.conflicts)
            against = self._reason_against(unit, stopped)
        except (NotHere, HostFailed) as error:
            return Precondition(False, _words(error))
        return Precondition(not against, against or f"{name} is {_state(unit)}", _snapshot(name, unit, stopped))

    def dry_run(self, params: Mapping[str, object]) -> str:
        name = self._unit_name(params)
        try:
            unit = _look(name)
            restarted, stopped = _active_with(unit.dependants), _active_with(unit.conflicts)
        except (NotHere, HostFailed) as error:
            raise ActionFailed(_words(error)) from error
        process = f"main process {unit.main_pid}" if unit.main_pid else "no main process"
        lines = [f"would restart {name} ({unit.description}), which is {_state(unit)}, {process}"]
        lines += [f"restarted with it: {', '.join(restarted)}"] if restarted else []
        lines += [f"stopped by it: {', '.join(stopped)}"] if stopped else []
        return "\n".join(lines)

    def execute(self, params: Mapping[str, object]) -> Executed:
        name = self._unit_name(params)
        try:
            before = _look(name)
            if before.result == "start-limit-hit":
                _systemctl("reset-failed", name, RESET_S)
            _systemctl("restart", name, RESTART_S)
            after = _look(name)
        except (NotHere, HostFailed) as error:
            raise ActionFailed(_words(error)) from error
        return Executed(f"restarted {name}", _facts(name, before), _facts(name, after))

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        name = self._unit_name(params)
        try:
            first = _look(name)
            time.sleep(self._looks_apart_s)
            second = _look(name)
        except (NotHere, HostFailed) as error:
            return Verification(False, _words(error))
        for unit in (first, second):
            if not _is_up(unit):
                return Verification(False, f"{name} is {_state(unit)}")
        if (first.restarts, first.invocation_id) != (second.restarts, second.invocation_id):
            return Verification(False, f"{name} was started anew within {self._looks_apart_s:g} s")
        return Verification(True, f"{name} is {_state(second)} and stays up")

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        raise ActionFailed("restart_unit is irreversible")

    def _unit_name(self, params: Mapping[str, object]) -> str:
        return str(self.validate(params)["unit"])

    def _reason_against(self, unit: Unit, stopped: Sequence[str]) -> str:
        if unit.load_state != "loaded":
            return f"{unit.name} is {unit.load_state}"
        if alias := self._forbidden(unit.names):
            return f"{unit.name} is also {alias}, which is in actions.restart_unit.never"
        if unit.active_state in UP:
            return f"{unit.name} is {_state(unit)} already; if it hangs, type: systemctl restart {unit.name}"
        if unwanted := _reason_nobody_wants(unit):
            return unwanted
        if other := self._forbidden(_active_with(unit.dependants)):
            return f"{other} would be restarted with it, which is in actions.restart_unit.never"
        if other := self._forbidden(stopped):
            return f"{other} would be stopped by it, which is in actions.restart_unit.never"
        return ""

    def _forbidden(self, units: Sequence[str]) -> str | None:
        return next((name for name in units if _fits(name, self._settings.never)), None)


def _fits(unit: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(unit, pattern) for pattern in patterns)


def _look(name: str) -> Unit:
    found = systemd.show([name])
    if not found:
        raise HostFailed(f"systemd says nothing about {name}")
    return found[0]


def _active_with(names: Sequence[str]) -> list[str]:
    """Those that are active, and what is restarted or stopped with them, also through others. Raises HostFailed where
    that is more than a person would read."""
    seen: set[str] = set()
    left, active = set(names), []
    while left:
        seen |= left
        if len(seen) > MAX_AFFECTED:
            raise HostFailed(f"more than {MAX_AFFECTED} units may be affected")
        units = [each for each in systemd.show(sorted(left)) if each.active_state in (*UP, "activating")]
        active += [each.name for each in units]
        left = {name for each in units for name in each.dependants} - seen
    return sorted(set(active))


def _reason_nobody_wants(unit: Unit) -> str:
    """Why a unit that is not up is meant to be down, or on its way already; empty where it should be up.

    A failure and a restart by systemd itself tell that somebody wanted it up, however it was started.
    """
    if unit.active_state == "failed" or unit.sub_state in RESTARTING:
        return ""
    if unit.active_state != "inactive":
        is_loop = unit.restarts > 0 if unit.active_state == "activating" else unit.result not in ("", "success")
        return "" if is_loop else f"{unit.name} is {_state(unit)}: wait for the end of that"
    if unit.unit_file_state in systemd.STARTED_AT_BOOT:
        return ""
    state = unit.unit_file_state or "without a file"
    if state != "disabled" and _active_with(unit.wanted_by):
        return ""
    return f"{unit.name} is inactive and {state}: nobody wants it up"


def _snapshot(name: str, unit: Unit, stopped: Sequence[str]) -> Mapping[str, object]:
    return {**_facts(name, unit), "stopped_by_it": list(stopped)}


def _facts(name: str, unit: Unit) -> Mapping[str, object]:
    """A unit that systemd keeps restarting changes all the time; that it does is the fact."""
    facts: dict[str, object] = {"unit": name, "load_state": unit.load_state}
    if unit.active_state in ("activating", "deactivating"):
        return {**facts, "active_state": "restarting"}
    return {
        **facts,
        "active_state": unit.active_state,
        "sub_state": unit.sub_state,
        "result": unit.result,
        "invocation_id": unit.invocation_id,
    }


def _state(unit: Unit) -> str:
    """`failed (exit-code)`, `active (running)`."""
    reason = unit.sub_state if unit.result in ("", "success") else unit.result
    return f"{unit.active_state} ({reason})" if reason and reason != unit.active_state else unit.active_state


def _words(error: NotHere | HostFailed) -> str:
    return f"there is no {error} on this host" if isinstance(error, NotHere) else str(error)


def _is_up(unit: Unit) -> bool:
    """A one-shot unit is done when it has ended well."""
    if unit.type == "oneshot" and unit.active_state == "inactive":
        return unit.result == "success"
    return unit.active_state == "active"


def _systemctl(verb: str, name: str, deadline_s: float) -> None:
    argv = ["systemctl", "--no-ask-password", verb, "--", name]
    try:
        done = run_command(argv, deadline_s=deadline_s, env={"LC_ALL": "C", "SYSTEMD_COLORS": "0"})
    except OSError as error:
        raise ActionFailed(f"systemctl cannot be started: {error.strerror}") from error
    if done.timed_out:
        raise ActionFailed(f"systemctl {verb} {name} did not end within {deadline_s:g} s")
    if done.exit_code:
        said = " ".join(done.stderr.split()) or f"exit code {done.exit_code}"
        if any(words in said.lower() for words in NO_RIGHT):
            said = (
                f"uid {os.geteuid()} has no right to {verb} {name}: it takes root, or a polkit rule for "
                f"org.freedesktop.systemd1.manage-units ({said})"
            )
        raise ActionFailed(said)

"""What needs root on systemd's units, through `systemctl`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from probed.helper.command import run
from probed.helper.done import Done, OperationFailed, OperationRefused, OperationUnclear

NAME = re.compile(r"(?![-.@])[A-Za-z0-9:_.\\@-]+\.(service|socket|timer|path|mount|automount|swap)")
"""systemd.unit(5), without the units that nobody restarts; a leading dash would be an option."""
MAX_NAME = 255
PROTECTED = ("cortex*", "dbus*", "init.scope", "systemd-journald*", "systemd-logind*", "systemd-udevd*", "-.*")
"""PID 1's own, what it cannot be asked without, and ours: neither these nor what takes them along, whatever any policy
says."""
VALUES = {
    "MemoryMax": re.compile(r"infinity|[1-9][0-9]{0,17}[KMGT]?"),
    "CPUQuota": re.compile(r"[1-9][0-9]{0,5}(\.[0-9]{1,2})?%"),
}
"""The properties that may be set, and their values as systemctl takes them; the empty value resets."""
DEPENDANTS = ("RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo")
CONFLICTS = ("Conflicts", "ConflictedBy")
FACTS = {
    "LoadState": "load_state",
    "ActiveState": "active_state",
    "SubState": "sub_state",
    "Result": "result",
    "MainPID": "main_pid",
    "InvocationID": "invocation_id",
    "UnitFileState": "unit_file_state",
    "MemoryMax": "memory_max",
    "CPUQuotaPerSecUSec": "cpu_quota_per_s",
}
ASKED = ("Id", "Names", *FACTS, *DEPENDANTS, *CONFLICTS)
UP = ("active", "reloading", "refreshing", "activating")
LOADED = ("loaded",)
FORGETTABLE = (*LOADED, "not-found")
"""What has failed is remembered also when its file is gone, as after the removal of its package."""
MAX_ALONG = 200
JOB_S = 100.0
"""How long a start, a stop or a reload may take."""
SHORT_S = 10.0
SHOWN_BYTES = 8_388_608
NO_RIGHT = ("access denied", "interactive authentication required", "permission denied", "not authorized")

State = Mapping[str, str]
"""A unit's properties as systemd prints them."""


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    before: State
    never: Sequence[str]

    def refuse_along(self, relations: Sequence[str]) -> None:
        """What is restarted or stopped with the unit must not be protected, either."""
        self.refuse(_along(_related([self.before], relations)))

    def refuse(self, touched: Collection[str]) -> None:
        protected = sorted(name for name in touched if is_protected(name, self.never))
        if protected:
            raise OperationRefused(f"{self.name}: {protected[0]} is never touched")

    def systemctl(self, verb: str, *arguments: str, deadline_s: float) -> None:
        argv = ["systemctl", "--no-ask-password", verb, *arguments]
        ended = run(argv, deadline_s=deadline_s)
        if ended.exit_code is None:
            # systemd goes on with a job whoever waits for it
            raise OperationUnclear(f"systemctl {verb} {self.name} did not end within {deadline_s:g} s")
        if ended.exit_code:
            raise OperationFailed(_with_remedy(ended.said or f"exit code {ended.exit_code}", f"{verb} {self.name}"))

    def done(self, did: str) -> Done:
        try:
            [after] = _show([self.name])
        except OperationFailed as error:
            raise OperationUnclear(f"{did} {self.name}, but {error}") from error
        return Done(f"{did} {self.name}", _facts(self.before), _facts(after))


def restart_unit(params: Mapping[str, object]) -> Done:
    target = _target(params)
    target.refuse_along((*DEPENDANTS, *CONFLICTS))
    if target.before["Result"] == "start-limit-hit":
        target.systemctl("reset-failed", "--", target.name, deadline_s=SHORT_S)
    target.systemctl("restart", "--", target.name, deadline_s=JOB_S)
    return target.done("restarted")


def reload_unit(params: Mapping[str, object]) -> Done:
    target = _target(params)
    target.systemctl("reload", "--", target.name, deadline_s=JOB_S)
    return target.done("reloaded")


def start_unit(params: Mapping[str, object]) -> Done:
    target = _target(params)
    target.refuse_along(CONFLICTS)
    target.systemctl("start", "--", target.name, deadline_s=JOB_S)
    return target.done("started")


def stop_unit(params: Mapping[str, object]) -> Done:
    target = _target(params)
    target.refuse_along(DEPENDANTS)
    target.systemctl("stop", "--", target.name, deadline_s=JOB_S)
    return target.done("stopped")


def reset_failed_unit(params: Mapping[str, object]) -> Done:
    target = _target(params, FORGETTABLE)
    target.systemctl("reset-failed", "--", target.name, deadline_s=SHORT_S)
    return target.done("forgot the failure of")


def enable_unit(params: Mapping[str, object]) -> Done:
    target = _target(params)
    target.systemctl("enable", "--", target.name, deadline_s=JOB_S)
    return target.done("enabled")


def disable_unit(params: Mapping[str, object]) -> Done:
    target = _target(params)
    target.systemctl("disable", "--", target.name, deadline_s=JOB_S)
    return target.done("disabled")


def set_unit_property(params: Mapping[str, object]) -> Done:
    """It holds until the next boot."""
    name, value = params.get("property"), params.get("value")
    if fault := fault_of_property(name, value):
        raise OperationRefused(fault)
    target = _target(params)
    target.systemctl("set-property", "--runtime", "--", target.name, f"{name}={value}", deadline_s=SHORT_S)
    return target.done(f"set {name}={value} of")


OPERATIONS: Mapping[str, Callable[[Mapping[str, object]], Done]] = {
    "restart_unit": restart_unit,
    "reload_unit": reload_unit,
    "start_unit": start_unit,
    "stop_unit": stop_unit,
    "reset_failed_unit": reset_failed_unit,
    "enable_unit": enable_unit,
    "disable_unit": disable_unit,
    "set_unit_property": set_unit_property,
}


def fault_of_name(name: object) -> str:
    """Why it cannot be the name of a unit that may be worked on; empty where it can."""
    if not isinstance(name, str) or len(name) > MAX_NAME or not NAME.fullmatch(name):
        return "expected the name of a unit with its suffix, such as nginx.service"
    if name.partition("@")[2].startswith("."):
        return f"{name} is a template, not a unit"
    return ""


def fault_of_property(name: object, value: object) -> str:
    """Why the property cannot be set so; empty where it can."""
    if not isinstance(name, str) or name not in VALUES:
        return f"only {' and '.join(VALUES)} may be set"
    if not isinstance(value, str) or (value and not VALUES[name].fullmatch(value)):
        return f"expected a value of {name} such as {'512M' if name == 'MemoryMax' else '50%'}"
    return ""


def is_protected(name: str, never: Iterable[str] = ()) -> bool:
    """A pattern without a type means units of every type."""
    stem = name.rpartition(".")[0]
    return any(fnmatchcase(each, pattern) for pattern in (*PROTECTED, *never) for each in (name, stem))


def _target(params: Mapping[str, object], load_states: Collection[str] = LOADED) -> Target:
    if fault := fault_of_name(params.get("unit")):
        raise OperationRefused(fault)
    name, never = str(params["unit"]), params.get("never", ())
    if not isinstance(never, list | tuple):
        raise OperationRefused("`never` is no list")
    [unit] = _show([name])
    target = Target(name, unit, [str(pattern) for pattern in never])
    target.refuse({name, *unit["Names"].split()})
    if unit["LoadState"] not in load_states:
        raise OperationRefused(f"{name} is {unit['LoadState']}")
    return target


def _along(names: Iterable[str]) -> set[str]:
    """Those of the units that are up, and what goes down with them, also through others; with all their names."""
    seen: set[str] = set()
    left, found = set(names), set()
    while left:
        seen |= left
        if len(seen) > MAX_ALONG:
            raise OperationRefused(f"more than {MAX_ALONG} units may be affected")
        up = [each for each in _show(sorted(left)) if each["ActiveState"] in UP]
        found |= {name for each in up for name in each["Names"].split()}
        left = _related(up, DEPENDANTS) - seen
    return found


def _related(units: Iterable[State], relations: Sequence[str]) -> set[str]:
    return {name for unit in units for relation in relations for name in unit[relation].split()}


def _facts(unit: State) -> Mapping[str, object]:
    return {"unit": unit["Id"], **{name: unit[asked] for asked, name in FACTS.items()}}


def _show(names: Sequence[str]) -> list[State]:
    argv = ["systemctl", "show", "--no-pager", f"--property={','.join(ASKED)}", "--", *names]
    asked = run(argv, deadline_s=SHORT_S, kept_bytes=SHOWN_BYTES)
    blocks = [block.splitlines() for block in asked.output.split("\n\n") if block.strip()]
    if asked.exit_code != 0 or len(blocks) != len(names):
        raise OperationFailed(f"systemctl show gave no answer about {', '.join(names)}")
    pairs = ([line.partition("=") for line in block] for block in blocks)
    return [{**dict.fromkeys(ASKED, ""), **{name: value for name, _, value in each}} for each in pairs]


def _with_remedy(said: str, what: str) -> str:
    if not any(words in said.lower() for words in NO_RIGHT):
        return said
    return (
        f"uid {os.geteuid()} has no right to {what}: it takes root, or a polkit rule for "
        f"org.freedesktop.systemd1.manage-units ({said})"
    )

"""Every parameter of every operation, checked by the helper itself: type, form, length, the policy's allow-set, and
what is never touched. Nothing of the host is looked at here; the operations do that, and do not follow links."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from probed.helper.policy import CONTAINER_OPERATIONS, EVERY_UID, LOG_OPERATIONS, UNIT_OPERATIONS, Policy, require

NEVER: Mapping[str, tuple[str, ...]] = {
    "units": ("cortex*", "dbus*", "*halt*", "*kexec*", "*poweroff*", "*reboot*", "*shutdown*", "emergency*", "rescue*"),
    "containers": (),
    "paths": ("/bin", "/boot", "/dev", "/etc/cortex", "/lib*", "/opt/cortex", "/proc", "/run", "/sbin", "/sys", "/usr"),
}
"""In force whatever the policy says; its own come on top. What is below such a folder is meant, too."""
UNIT = re.compile(r"(?![-.@])[A-Za-z0-9:_.\\@-]{1,240}(?<!@)\.(service|socket|timer|path|mount|automount|swap)")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")
PATH = re.compile(r"(/[^/]{1,255}){1,64}")
PATTERN = re.compile(r"[^/]{1,255}")
VALUES = {
    "MemoryMax": re.compile(r"([1-9][0-9]{0,17}[KMGT]?|([1-9][0-9]?|100)%|infinity)?"),
    "CPUQuota": re.compile(r"([1-9][0-9]{0,5}(\.[0-9]{1,2})?%)?"),
}
MAX_ROOTS, LAST_PID, LONGEST_AGE_S, MOST = 16, 2**22, 100 * 365 * 86_400, 2**63 - 1

Rule = Mapping[str, Any]
"""What the policy says of the operation that was asked for, with `never`, and with `asked`, the parameters."""
Validator = Callable[[Any, Rule], object]


def validated(policy: Policy, operation: str, params: Mapping[str, object]) -> Mapping[str, object]:
    """The parameters, and what the policy lays down beside them (see `Operation`). Raises OperationRefused."""
    require(operation in policy.operations, f"the policy does not allow {operation[:64]!a}")
    known = PARAMETERS[operation]
    is_complete = set(known) - {"max_bytes"} <= set(params) <= set(known)
    require(is_complete, f"{operation} takes {', '.join(known) or 'no parameters'}")
    never = {kind: (*NEVER[kind], *policy.never[kind]) for kind in NEVER}
    rule = {**policy.operations[operation], "never": never, "asked": params}
    checked = {name: validate(params[name], rule) for name, validate in known.items() if name in params}
    return {**checked, **_laid_down(rule)}


def _laid_down(rule: Rule) -> Mapping[str, object]:
    if kind := rule.keys() & {"units", "containers"}:
        return {"never": list(rule["never"][kind.pop()])}
    if "users" in rule:
        return {} if rule["users"] == EVERY_UID else {"users": sorted(rule["users"])}
    if "programs" in rule:
        return dict(rule["programs"][rule["asked"]["name"]])
    return {"allowed": list(rule["roots"])} if "roots" in rule else {}


def _text(value: Any, form: re.Pattern[str]) -> str:
    is_text = isinstance(value, str) and form.fullmatch(value) and value.isprintable()
    require(is_text, f"{ascii(value)[:64]} has not the form that is expected")
    return str(value)


def _named(kind: str, form: re.Pattern[str]) -> Validator:
    def validate(value: object, rule: Rule) -> str:
        name = _text(value, form)
        require(not any(fnmatchcase(name, pattern) for pattern in rule["never"][kind]), f"{name} is never touched")
        # what stands behind the @ of a unit may be a file or an option: the policy itself has to have an @ for it
        fitting = (pattern for pattern in rule[kind] if "@" in pattern or "@" not in name)
        require(any(fnmatchcase(name, pattern) for pattern in fitting), f"the policy does not allow {name}")
        return name

    return validate


def _one_of(allowed: Collection[str] | str) -> Validator:
    """`allowed`: what may be said, or the key of the policy that tells."""

    def validate(value: object, rule: Rule) -> str:
        text = _text(value, NAME)
        require(text in (rule[allowed] if isinstance(allowed, str) else allowed), f"the policy does not allow {text}")
        return text

    return validate


def _number(least: int | str, most: int = MOST, kinds: Collection[type] = (int,)) -> Validator:
    """`least`: a number, or the key of the policy that says it. A bool is none, and NaN lies between nothing."""

    def validate(value: Any, rule: Rule) -> object:
        first = rule[least] if isinstance(least, str) else least
        is_within = type(value) in kinds and first <= value <= most
        require(is_within, f"{ascii(value)[:64]} is no number from {first} to {most}")
        return value

    return validate


def _place(value: object, rule: Rule) -> PurePosixPath:
    path = PurePosixPath(text := _text(value, PATH))
    is_plain = str(path) == text and not any(part.startswith(".") for part in path.parts)
    require(is_plain, f"{text!a} is hidden, or not in its shortest form")
    touches = any(place.match(pattern) for place in (path, *path.parents) for pattern in rule["never"]["paths"])
    require(not touches, f"{text!a} is never touched")
    return path


def _path(value: object, rule: Rule) -> str:
    path = _place(value, rule)
    require(any(path.match(pattern) for pattern in rule["paths"]), f"the policy does not allow {str(path)!a}")
    return str(path)


def _root(value: object, rule: Rule) -> str:
    root = _place(value, rule)
    require(any(root.is_relative_to(folder) for folder in rule["roots"]), f"the policy does not allow {str(root)!a}")
    begins = (PurePosixPath(*PurePosixPath(never).parts[: len(root.parts)]) for never in rule["never"]["paths"])
    require(not any(root.match(str(begin)) for begin in begins), f"{str(root)!a} holds what is never touched")
    return str(root)


def _roots(value: Any, rule: Rule) -> list[str]:
    require(isinstance(value, list) and 1 <= len(value) <= MAX_ROOTS, f"1 to {MAX_ROOTS} folders are expected")
    return [_root(root, rule) for root in value]


UNITS = {"unit": _named("units", UNIT)}
PROCESS = {"pid": _number(2, LAST_PID), "start_time": _number(0)}
PARAMETERS: Mapping[str, Mapping[str, Validator]] = {
    **dict.fromkeys(UNIT_OPERATIONS, UNITS),
    "set_unit_property": {
        **UNITS,
        "property": _one_of(VALUES),
        "value": lambda value, rule: _text(value, VALUES[rule["asked"]["property"]]),
    },
    **{name: {"container": _named("containers", NAME)} for name in CONTAINER_OPERATIONS},
    "clean_files": {
        "roots": _roots,
        "pattern": lambda value, rule: _text(value, PATTERN),
        "older_than_s": _number("least_age_s", LONGEST_AGE_S, (int, float)),
        "max_bytes": _number(1),
    },
    **{name: {"path": _path} for name in LOG_OPERATIONS},
    "vacuum_journal": {"size_bytes": _number("least_bytes")},
    "clean_package_cache": {},
    "restore_mode": {"path": _path, "owner": _one_of("owners"), "group": _one_of("groups"), "mode": _one_of("modes")},
    "signal_process": {**PROCESS, "signal": _one_of("signals")},
    "renice_process": {**PROCESS, "nice": _number("least_nice", 19)},
    "ionice_process": {**PROCESS, "io_class": _one_of("classes"), "io_level": _number(0, 7)},
    "sync_clock": {},
    "run_program": {"name": _one_of("programs")},
}
"""In the order in which they are checked."""

"""The policy: which operations the helper carries out, on which objects, for whom. What it does not name is refused.

It is read anew for each request, from a file that nobody but root could have written.
"""

from __future__ import annotations

import os
import pwd
import stat
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probed.helper.done import OperationRefused

DEFAULT_PATH = Path("/etc/cortex/policy.toml")
MAX_BYTES = 1_048_576
EVERYONE, EVERY_UID = "*", range(2**32 - 1)
UNIT_VERBS = ("restart", "reload", "start", "stop", "reset_failed", "enable", "disable")
UNIT_OPERATIONS = tuple(f"{verb}_unit" for verb in UNIT_VERBS)
CONTAINER_OPERATIONS = ("restart_container", "start_container", "stop_container")
LOG_OPERATIONS = ("rotate_log", "compress_log")


@dataclass(frozen=True, slots=True)
class Policy:
    peers: Collection[int]
    """Uids that may ask."""
    never: Mapping[str, tuple[str, ...]]
    """Patterns of `units`, `containers` and `paths` that no operation touches, whatever it allows by itself."""
    operations: Mapping[str, Mapping[str, Any]]
    """What each allowed operation may touch: the keys of KEYS, as their readers made them."""


def require(holds: object, otherwise: str) -> None:
    if not holds:
        raise OperationRefused(otherwise)


def load_policy(path: Path) -> Policy:
    """Raises OperationRefused where it cannot be used, so that nothing is allowed."""
    try:
        return parse_policy(_text_of_root(path))
    except (OSError, ValueError, RecursionError, OperationRefused) as error:
        raise OperationRefused(f"{path}: {error}") from error


def parse_policy(text: str) -> Policy:
    content = _table(tomllib.loads(text), "the policy", ("peers", "never", "operations"))
    never = _table(content["never"], "never", ("units", "containers", "paths"))
    operations = _table(content["operations"], "operations", KEYS, complete=False)
    return Policy(
        peers=_users(content["peers"], "peers"),
        never={name: (_paths if name == "paths" else _texts)(given, f"never.{name}") for name, given in never.items()},
        operations={name: _rule(name, given) for name, given in operations.items()},
    )


def _rule(operation: str, given: object) -> Mapping[str, Any]:
    readers, where = KEYS[operation], f"operations.{operation}"
    return {key: readers[key](value, f"{where}.{key}") for key, value in _table(given, where, readers).items()}


def _text_of_root(path: Path) -> str:
    """Opened first and looked at then; a folder on the way that others may change could hold another file tomorrow."""
    require(os.path.realpath(path) == str(path), "is reached through a link")
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        require(stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES, f"is no file of up to {MAX_BYTES} bytes")
        for place, found in ((path, status), *((folder, folder.stat()) for folder in path.parents)):
            is_sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
            require(found.st_uid == 0, f"{place} does not belong to root; type: chown root {place}")
            require(is_sticky or not found.st_mode & 0o022, f"others can change {place}; type: chmod go-w {place}")
        return file.read(MAX_BYTES).decode()


def _table(value: Any, where: str, keys: Collection[str] | None = None, *, complete: bool = True) -> Mapping[str, Any]:
    """`keys`: what it has to have, and nothing else; None: whatever it has. `complete`: whether all of them."""
    require(isinstance(value, dict), f"{where} has to be a table")
    if keys is not None:
        wrong = set(value) ^ set(keys) if complete else set(value) - set(keys)
        require(not wrong, f"{where} has to have {', '.join(keys) or 'nothing'}; see {', '.join(sorted(wrong))}")
    return dict(value)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    require(isinstance(value, list) and all(type(each) is str for each in value), f"{where} has to be a list of texts")
    return tuple(value)


def _paths(value: Any, where: str) -> tuple[str, ...]:
    for path in (paths := _texts(value, where)):
        require(path.startswith("/") and os.path.normpath(path) == path, f"{where}: {path!r} is no absolute path")
    return paths


def _users(value: Any, where: str) -> Collection[int]:
    """Their uids; `*` is everyone."""
    try:
        names = _texts(value, where)
        return EVERY_UID if EVERYONE in names else frozenset(pwd.getpwnam(name).pw_uid for name in names)
    except KeyError as error:
        raise OperationRefused(f"{where}: {error.args[0]}") from error


def _whole(value: Any, where: str) -> int:
    require(type(value) is int, f"{where} has to be a whole number")
    return int(value)


def _programs(value: Any, where: str) -> Mapping[str, Mapping[str, Any]]:
    programs = {name: _table(given, where, ("argv", "timeout_s")) for name, given in _table(value, where).items()}
    for program in programs.values():
        require(_texts(program["argv"], where) and _paths(program["argv"][:1], where), f"{where}: argv is empty")
        _whole(program["timeout_s"], where)
    return programs


KEYS: Mapping[str, Mapping[str, Callable[[object, str], Any]]] = {
    **{name: {"units": _texts} for name in UNIT_OPERATIONS},
    "set_unit_property": {"units": _texts},
    **{name: {"containers": _texts} for name in CONTAINER_OPERATIONS},
    "clean_files": {"roots": _paths, "least_age_s": _whole},
    **{name: {"paths": _paths} for name in LOG_OPERATIONS},
    "vacuum_journal": {"least_bytes": _whole},
    "clean_package_cache": {},
    "restore_mode": {"paths": _paths, "owners": _texts, "groups": _texts, "modes": _texts},
    "signal_process": {"users": _users, "signals": _texts},
    "renice_process": {"users": _users, "least_nice": _whole},
    "ionice_process": {"users": _users, "classes": _texts},
    "sync_clock": {},
    "run_program": {"programs": _programs},
}
"""Every operation there is, what the policy has to say of it, and what reads that."""

"""Operations that are the business of a program of the system, or of one that the policy names."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import PurePath

from probed.helper.command import ENVIRONMENT, run, succeed
from probed.helper.done import Done, OperationFailed, OperationRefused

JOURNALS = ("/var/log/journal", "/run/log/journal")
INTERPRETER = re.compile(r"(ba|da|z|k|)sh|(python|perl|ruby|node|php|lua)[0-9.]*")
STARTER = re.compile(r"env|nice|ionice|timeout|nohup|setsid|chrt|taskset|stdbuf|time")
"""Programs that run another one, with the same rights."""
BLOCK_BYTES = 512
VACUUM_S = 90.0
CLEAN_S = 90.0
CLOCK_S = 30.0
PROGRAM_S = 60.0
SAID = 500
"""Characters kept of what a program said last."""


@dataclass(frozen=True, slots=True)
class PackageManager:
    program: str
    folders: tuple[str, ...]
    clean: tuple[str, ...]

    @property
    def is_here(self) -> bool:
        found = shutil.which(self.program, path=ENVIRONMENT["PATH"])
        return bool(found) and any(os.path.isdir(folder) for folder in self.folders)

    @property
    def used_bytes(self) -> int:
        return used_bytes(self.folders)


PACKAGE_MANAGERS = (
    PackageManager("apt-get", ("/var/cache/apt/archives",), ("apt-get", "-q", "-o", "DPkg::Lock::Timeout=30", "clean")),
    PackageManager("dnf", ("/var/cache/dnf", "/var/cache/libdnf5"), ("dnf", "-q", "-y", "clean", "packages")),
    PackageManager("pacman", ("/var/cache/pacman/pkg",), ("pacman", "-Sc", "--noconfirm")),
    PackageManager("apk", ("/var/cache/apk",), ("apk", "cache", "clean")),
)


def vacuum_journal(params: Mapping[str, object]) -> Done:
    """Remove the oldest files of the journal until no more than `size_bytes` are left. Those that are written stay: to
    close them first could let all of the newest lines go with one large file."""
    before = used_bytes(JOURNALS)
    succeed(["journalctl", f"--vacuum-size={int(str(params['size_bytes']))}"], deadline_s=VACUUM_S)
    after = used_bytes(JOURNALS)
    return Done("vacuumed the journal", {"used_bytes": before}, {"used_bytes": after})


def clean_package_cache(params: Mapping[str, object]) -> Done:
    managers = [manager for manager in PACKAGE_MANAGERS if manager.is_here]
    if not managers:
        raise OperationRefused("there is no package manager here that keeps what it has installed")
    before = {manager.program: manager.used_bytes for manager in managers}
    for manager in managers:
        succeed(manager.clean, deadline_s=CLEAN_S)
    after = {manager.program: manager.used_bytes for manager in managers}
    return Done(f"cleaned the cache of {', '.join(before)}", before, after)


def sync_clock(params: Mapping[str, object]) -> Done:
    """Ask whoever keeps the time here to put the clock right at once."""
    if _answers("chronyc", "-n", "tracking"):
        return Done(f"chronyd: {succeed(['chronyc', 'makestep'], deadline_s=CLOCK_S)}", after={"by": "chronyd"})
    if _answers("systemctl", "is-active", "--quiet", "systemd-timesyncd.service"):
        succeed(["systemctl", "--no-ask-password", "restart", "systemd-timesyncd.service"], deadline_s=CLOCK_S)
        return Done("systemd-timesyncd asks anew", after={"by": "systemd-timesyncd"})
    if shutil.which("ntpdate-debian", path=ENVIRONMENT["PATH"]):
        return Done(f"ntpdate: {succeed(['ntpdate-debian', '-u'], deadline_s=CLOCK_S)}", after={"by": "ntpdate"})
    raise OperationRefused("nobody keeps the time here: neither chronyd nor systemd-timesyncd runs")


def run_program(params: Mapping[str, object]) -> Done:
    """`argv` and `timeout_s` are the policy's; a request only says `name`."""
    name, argv = str(params["name"]), params.get("argv")
    if not isinstance(argv, list | tuple) or not argv:
        raise OperationRefused(f"nobody says which program {name} is")
    words = [str(word) for word in argv]
    if reason := distrust_of(words):
        raise OperationRefused(reason)
    deadline_s = float(str(params.get("timeout_s", PROGRAM_S)))
    ended = run(words, deadline_s=deadline_s)
    if ended.exit_code is None:
        raise OperationFailed(f"{name} did not end within {deadline_s:g} s")
    if ended.exit_code:
        raise OperationFailed(f"{name} ended with {ended.exit_code}: {ended.said[-SAID:]}")
    return Done(f"{name} ended well", after={"said": ended.said[-SAID:]})


def distrust_of(argv: Sequence[str]) -> str:
    """Why a program, or the script that an interpreter is given, is not to be run: somebody else could have written it.
    Empty where only root and this process' user could."""
    return next((reason for file in code_of(argv) if (reason := _distrust(file))), "")


def code_of(argv: Sequence[str]) -> list[str]:
    """The files that hold what would be run: the first, and what it runs, which stands after its options."""
    name, rest = os.path.basename(argv[0]), list(dropwhile(lambda word: not os.path.isabs(word), argv[1:]))
    runs_another = INTERPRETER.fullmatch(name) or STARTER.fullmatch(name)
    return [argv[0], *(code_of(rest) if runs_another and rest else ())]


def used_bytes(folders: Iterable[str]) -> int:
    """The room of all files below them, as far as they may be seen; no link is followed."""
    return sum(_used(os.path.join(path, name)) for top in folders for path, _, names in os.walk(top) for name in names)


def _used(path: str) -> int:
    try:
        return os.lstat(path).st_blocks * BLOCK_BYTES
    except OSError:
        return 0


def _answers(*argv: str) -> bool:
    if not shutil.which(argv[0], path=ENVIRONMENT["PATH"]):
        return False
    return run(argv, deadline_s=CLOCK_S).exit_code == 0


def _distrust(file: str) -> str:
    if not os.path.isabs(file) or os.path.normpath(file) != file:
        return f"{file} is not a plain absolute path"
    try:
        real = os.path.realpath(file, strict=True)
        if not stat.S_ISREG(os.stat(real).st_mode):
            return f"{file} is no plain file"
        ways = (path for way in (file, real) for path in (PurePath(way), *PurePath(way).parents))
        return next(filter(None, map(_open_to_others, ways)), "")
    except OSError as error:
        return f"{file}: {error.strerror}"


def _open_to_others(path: PurePath) -> str:
    """A link says nothing by itself: the folder that it is in does."""
    status = os.lstat(path)
    if status.st_uid not in (0, os.geteuid()):
        return f"{path} belongs to uid {status.st_uid}"
    is_sticky = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
    is_open = status.st_mode & 0o022 and not is_sticky and not stat.S_ISLNK(status.st_mode)
    return f"others can change {path}; type: chmod go-w {path}" if is_open else ""


OPERATIONS: Mapping[str, Callable[[Mapping[str, object]], Done]] = {
    "vacuum_journal": vacuum_journal,
    "clean_package_cache": clean_package_cache,
    "sync_clock": sync_clock,
    "run_program": run_program,
}

"""Files: their facts, and the room that deleted but open ones still take."""

from __future__ import annotations

import errno
import glob
import grp
import os
import pwd
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from probed.core.pattern import is_pattern
from probed.errors import HostFailed, NotHere

DELETED = " (deleted)"


def at_once(path: str, flags: int) -> int:
    """An `opener` for `open`, which never waits: a pipe that nobody writes to, and what else is no plain file, is
    refused. Raises OSError."""
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "no plain file", path)


@dataclass(frozen=True, slots=True)
class FileFacts:
    path: str
    kind: str
    """`file`, `folder`, `link`, `socket`, `device` or `pipe`."""
    size_bytes: int
    modified_at: float
    """Seconds since the epoch."""
    owner: str
    group: str
    mode: int
    """Permission bits."""


@dataclass(frozen=True, slots=True)
class DeletedFile:
    """Its room comes back when the process closes it."""

    path: str
    size_bytes: int
    pid: int
    process: str


def facts(path: str, *, follow: bool = True) -> FileFacts | None:
    """None where there is no such file. Raises NotHere where it may not be seen, HostFailed."""
    try:
        found = os.stat(path, follow_symlinks=follow)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        raise NotHere(f"the file {path}", "let the daemon's user enter its folder") from None
    except OSError as error:
        raise HostFailed(f"{path}: {error.strerror}") from error
    return FileFacts(
        path=path,
        kind=_kind(found.st_mode),
        size_bytes=found.st_size,
        modified_at=found.st_mtime,
        owner=owner_name(found.st_uid),
        group=group_name(found.st_gid),
        mode=stat.S_IMODE(found.st_mode),
    )


def fitting(pattern: str) -> tuple[str, ...]:
    """The paths that fit the shell pattern, sorted. Raises NotHere where a folder keeps them from being found."""
    folder = pattern
    while is_pattern(folder):
        folder = os.path.dirname(folder)
    listed = folder
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    needed = os.R_OK | os.X_OK if folder == listed else os.X_OK
    if not os.access(folder, needed, effective_ids=True):
        raise NotHere(f"the files in {folder}", "let the daemon's user read the folder")
    return tuple(sorted(glob.glob(pattern)))


def open_deleted(limit: int = 200) -> tuple[DeletedFile, ...]:
    """The largest deleted files that are still open, each once; of other users' processes only as root."""
    seen: dict[tuple[int, int], DeletedFile] = {}
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        for key, found in deleted_of(pid):
            seen.setdefault(key, found)
    return tuple(sorted(seen.values(), key=lambda each: -each.size_bytes)[:limit])


def deleted_of(pid: int) -> Iterator[tuple[tuple[int, int], DeletedFile]]:
    """With device and inode; none of other users' processes but as root."""
    folder = f"/proc/{pid}/fd"
    try:
        descriptors = os.listdir(folder)
    except OSError:
        return
    for descriptor in descriptors:
        try:
            target = os.readlink(f"{folder}/{descriptor}")
            if not target.endswith(DELETED) or target.startswith("/memfd:"):
                continue
            found = os.stat(f"{folder}/{descriptor}")
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode):
            path = target.removesuffix(DELETED)
            yield (found.st_dev, found.st_ino), DeletedFile(path, found.st_blocks * 512, pid, _program(pid))


def printable(path: str) -> str:
    """File names come from anybody: nothing of them may break a message."""
    return "".join(letter if letter.isprintable() else "?" for letter in path)


def owner_name(uid: int) -> str:
    """The number itself where nobody has it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISREG, "file"), (stat.S_ISDIR, "folder"), (stat.S_ISLNK, "link"), (stat.S_ISSOCK, "socket"))
    return next((name for fits, name in kinds if fits(mode)), "pipe" if stat.S_ISFIFO(mode) else "device")


def _program(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm") as file:
            return file.read().strip()
    except OSError:
        return "?"

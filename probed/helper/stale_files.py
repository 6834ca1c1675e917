"""Walking below a folder for old files without ever leaving it, while others may be changing it.

Folders are opened relative to the folder they are in, never through a link, and files are removed relative to the open
folder. So whoever replaces a folder by a link in between gains nothing.
"""

from __future__ import annotations

import errno
import fcntl
import fnmatch
import os
import stat
import time
from collections import Counter
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import PurePath

from probed.helper.open_files import open_inodes
from probed.helper.place import PASS, mount_id

MAX_FILES = 100_000
MAX_DEPTH = 40
LOOK_S = 20.0
BLOCK_BYTES = 512
SYSTEM_FOLDERS = ("/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr")
"""Where every file is old and none may go; neither these nor anything below them is ever a root."""
IRREPLACEABLE = ("/var/cache/bind", "/var/cache/debconf")
"""Below /var/cache, but not to be had again: zones of the name server, answers to Debian's questions."""
TOO_WIDE = ("/", "/home", "/root", "/var", "/var/lib")
OTHER_MOUNT = "is on another mount than the folder of actions.clean_files.roots above it; name the mount point there"

BTRFS_INFO, BTRFS_INFO_BYTES, BTRFS_ID = 0x8400941F, 1024, slice(16, 32)
"""BTRFS_IOC_FS_INFO, the size of its answer, and where the file system's id stands in it (linux/btrfs.h)."""
READ = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Selection:
    roots: tuple[str, ...]
    """Resolved paths, none below another on the same file system."""
    pattern: str
    older_than_s: float
    max_bytes: int | None = None
    """At most so much is removed, the oldest files first; None: everything that is old enough."""
    allowed: tuple[str, ...] = ()
    """The configured folders, on whose mounts the roots have to lie."""


@dataclass(frozen=True, slots=True)
class Folder:
    fd: int
    path: str
    status: os.stat_result
    mount_id: str

    def may_remove(self, file: os.stat_result, uid: int) -> bool:
        """The rights of this process, where it is its own user that asks, and else of root; the sticky bit lets only
        the owners and root."""
        if uid != os.geteuid():
            return True
        owners = (0, self.status.st_uid, file.st_uid)
        if self.status.st_mode & stat.S_ISVTX and os.geteuid() not in owners:
            return False
        return os.access(".", os.W_OK | os.X_OK, dir_fd=self.fd, effective_ids=True)

    @property
    def is_in_place(self) -> bool:
        """False once it was moved elsewhere or removed."""
        return os.readlink(f"/proc/self/fd/{self.fd}") == self.path


@dataclass(frozen=True, slots=True)
class StaleFile:
    """Only usable until the walk goes on: the folder is open no longer than that."""

    folder: Folder
    name: str
    status: os.stat_result

    @property
    def path(self) -> str:
        return f"{self.folder.path.rstrip('/')}/{self.name}"

    @property
    def used_bytes(self) -> int:
        return self.status.st_blocks * BLOCK_BYTES

    def remove(self) -> bool:
        """Remove it if it still is what was seen, where it was seen. Raises OSError."""
        now = os.stat(self.name, dir_fd=self.folder.fd, follow_symlinks=False)
        if _sight(now) != _sight(self.status) or not self.folder.is_in_place:
            return False
        os.unlink(self.name, dir_fd=self.folder.fd)
        return True


def _sight(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_mode, status.st_mtime_ns, status.st_nlink


@dataclass(frozen=True, slots=True)
class Usage:
    """The file systems of the roots, together."""

    free_bytes: int
    free_inodes: int

    @classmethod
    def of(cls, roots: Collection[str]) -> Usage:
        systems = {_file_system(root): os.statvfs(root) for root in roots}.values()
        return cls(
            free_bytes=sum(system.f_bfree * system.f_frsize for system in systems),
            free_inodes=sum(system.f_ffree for system in systems),
        )

    @property
    def record(self) -> Mapping[str, object]:
        return {"free_bytes": self.free_bytes, "free_inodes": self.free_inodes}


def _file_system(root: str) -> object:
    """Each subvolume of a btrfs has a device number of its own, and the room of all of them."""
    fd = os.open(root, READ & ~os.O_NOFOLLOW)
    try:
        return fcntl.ioctl(fd, BTRFS_INFO, bytes(BTRFS_INFO_BYTES))[BTRFS_ID]
    except OSError:  # it is no btrfs
        return os.fstat(fd).st_dev
    finally:
        os.close(fd)


class StaleFiles:
    """What a cleaning would remove, and what it leaves alone and why.

    `uid` is whose rights will remove it: those of this process' user, or root's.
    """

    def __init__(self, selection: Selection, within_s: float = LOOK_S, uid: int | None = None) -> None:
        self._selection = selection
        self._uid = os.geteuid() if uid is None else uid
        self.kept: Counter[str] = Counter()
        """How many old files that match were left alone, by reason."""
        self.cut_short = ""
        """Why the walk ended before it had seen everything."""
        self._within_s = within_s
        self._until = time.monotonic() + within_s
        self._newest_ns = time.time_ns() - int(selection.older_than_s * 1e9)
        self._open: frozenset[tuple[int, int]] = frozenset()

    def select(self) -> Generator[StaleFile, None, None]:
        """Raises OSError where a root cannot be opened."""
        self._open = open_inodes()
        limit = self._selection.max_bytes
        if limit is not None:
            self._newest_ns = min(self._newest_ns, self._newest_within(limit))
        with closing(self._walk_roots()) as files:
            for count, file in enumerate(_up_to(limit, files)):
                if count == MAX_FILES:
                    self.cut_short = f"stopped after {MAX_FILES} files"
                    return
                yield file

    def _newest_within(self, limit_bytes: int) -> int:
        """The modification time up to which the files, oldest first, take no more than the limit."""
        everything = StaleFiles(replace(self._selection, max_bytes=None), self._within_s / 2, self._uid)
        with closing(everything.select()) as files:
            ages = sorted((file.status.st_mtime_ns, file.used_bytes) for file in files)
        newest_ns, total = -1, 0
        for mtime_ns, used_bytes in ages:
            total += used_bytes
            if total > limit_bytes:
                break
            newest_ns = mtime_ns
        return newest_ns

    def _walk_roots(self) -> Generator[StaleFile, None, None]:
        for root in self._selection.roots:
            with open_root(root, self._selection.allowed) as folder:
                yield from self._walk(folder, MAX_DEPTH)

    def _walk(self, folder: Folder, depth: int) -> Iterator[StaleFile]:
        with os.scandir(folder.fd) as entries:
            for entry in entries:
                if time.monotonic() > self._until:
                    self.cut_short = f"stopped after {self._within_s:.0f} seconds"
                    return
                status = _status(entry)
                if status is None or entry.name.startswith(".") or status.st_dev != folder.status.st_dev:
                    continue
                if stat.S_ISDIR(status.st_mode):
                    yield from self._descend(folder, entry.name, depth)
                elif self._is_stale(entry.name, status) and self._may_go(folder, status):
                    yield StaleFile(folder, entry.name, status)

    def _descend(self, folder: Folder, name: str, depth: int) -> Iterator[StaleFile]:
        path = f"{folder.path.rstrip('/')}/{name}"
        if depth == 0 or path in IRREPLACEABLE:
            return
        try:
            fd = os.open(name, READ, dir_fd=folder.fd)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                self.kept["in folders that may not be read"] += 1
            return
        try:
            child = _folder(fd, path)
            if child.mount_id == folder.mount_id:
                yield from self._walk(child, depth - 1)
        finally:
            os.close(fd)

    def _is_stale(self, name: str, status: os.stat_result) -> bool:
        return (
            stat.S_ISREG(status.st_mode)
            and status.st_mtime_ns <= self._newest_ns
            and fnmatch.fnmatchcase(name, self._selection.pattern)
        )

    def _may_go(self, folder: Folder, status: os.stat_result) -> bool:
        reason = ""
        if status.st_nlink != 1:
            reason = "with further hard links"
        elif (status.st_dev, status.st_ino) in self._open:
            reason = "open"
        elif not folder.may_remove(status, self._uid):
            reason = f"that uid {self._uid} may not remove"
        self.kept.update([reason] if reason else [])
        return not reason


def forbidden(root: str) -> str:
    """Why this folder is never cleaned, whatever anybody says; empty where nothing speaks against it."""
    if root in TOO_WIDE:
        return "too wide to be cleaned"
    if any(part.startswith(".") for part in PurePath(root).parts):
        return "a hidden folder"
    if any(PurePath(root).is_relative_to(folder) for folder in (*SYSTEM_FOLDERS, *IRREPLACEABLE)):
        return "a folder of the system"
    return ""


def _up_to(limit_bytes: int | None, files: Iterator[StaleFile]) -> Iterator[StaleFile]:
    """Several files of the same age may lie on the limit."""
    left_bytes = limit_bytes
    for file in files:
        if left_bytes is not None:
            if file.used_bytes > left_bytes:
                continue
            left_bytes -= file.used_bytes
        yield file


@contextmanager
def open_root(path: str, allowed: Collection[str]) -> Iterator[Folder]:
    """Open a resolved path folder by folder, so that none of them can have become a link.

    It has to lie on the mount of one of the `allowed` folders that it is or is below: what somebody mounted there since
    they were allowed belongs to somebody else. Raises OSError.
    """
    try:
        fd, mounts = _way_to(path, allowed)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error
    try:
        folder = _folder(fd, path)
        if folder.mount_id not in mounts:
            raise OSError(errno.EXDEV, OTHER_MOUNT, path)
        yield folder
    finally:
        os.close(fd)


def _way_to(path: str, allowed: Collection[str]) -> tuple[int, set[str]]:
    """The open folder, and the mounts of the allowed folders on the way to it."""
    mounts = set()
    place, fd = PurePath("/"), os.open("/", PASS)
    for part in (".", *PurePath(path).parts[1:]):
        place, fd = place / part, _into(fd, part, PASS)
        if str(place) in allowed:
            mounts.add(mount_id(fd))
    return _into(fd, ".", READ), mounts


def _into(fd: int, part: str, flags: int) -> int:
    try:
        return os.open(part, flags, dir_fd=fd)
    finally:
        os.close(fd)


def _folder(fd: int, path: str) -> Folder:
    return Folder(fd, path, os.fstat(fd), mount_id(fd))


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:
        return None

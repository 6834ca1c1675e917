"""The kernel's inotify, see inotify(7): what happens in folders, read from a descriptor."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from probed.errors import HostFailed, NotHere

ATTRIB, MODIFY, CLOSE_WRITE = 0x4, 0x2, 0x8
MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x40, 0x80, 0x100, 0x200
DELETE_SELF, MOVE_SELF = 0x400, 0x800
UNMOUNT, OVERFLOW, IGNORED = 0x2000, 0x4000, 0x8000
ONLY_FOLDERS = 0x1000000
IN_A_FOLDER = ATTRIB | MODIFY | CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE | DELETE_SELF | MOVE_SELF
EVENT = struct.Struct("iIII")
PIECE = 65_536
LIMIT = "raise fs.inotify.max_user_watches or fs.inotify.max_user_instances with sysctl"


@dataclass(frozen=True, slots=True)
class Notice:
    watch: int
    """-1 where the kernel had to drop some."""
    mask: int
    name: str
    """Within the folder; empty for the folder itself."""


class Inotify:
    def __init__(self) -> None:
        """Raises NotHere where this user has too many already."""
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self._checked(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))

    def watch(self, folder: str) -> int | None:
        """The number that its notices carry; None where there is no such folder, or it may not be seen. Raises NotHere
        where there are too many watches already, HostFailed."""
        number = self._libc.inotify_add_watch(self.fd, os.fsencode(folder), IN_A_FOLDER | ONLY_FOLDERS)
        if number < 0 and ctypes.get_errno() in (errno.ENOENT, errno.ENOTDIR, errno.EACCES):
            return None
        return self._checked(number)

    def forget(self, watch: int) -> None:
        self._libc.inotify_rm_watch(self.fd, watch)

    def read(self) -> Iterator[Notice]:
        """What is there; does not wait."""
        try:
            piece = os.read(self.fd, PIECE)
        except BlockingIOError:
            return
        at = 0
        while at < len(piece):
            watch, mask, _, length = EVENT.unpack_from(piece, at)
            name = piece[at + EVENT.size : at + EVENT.size + length].rstrip(b"\0")
            yield Notice(watch, mask, os.fsdecode(name))
            at += EVENT.size + length

    def close(self) -> None:
        os.close(self.fd)

    def _checked(self, number: int) -> int:
        if number >= 0:
            return number
        code = ctypes.get_errno()
        if code in (errno.EMFILE, errno.ENOSPC):
            raise NotHere("inotify", LIMIT)
        raise HostFailed(f"inotify: {os.strerror(code)}")

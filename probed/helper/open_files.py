"""Which files are open right now, on this host as far as this process may see it."""

from __future__ import annotations

import os
from collections.abc import Iterator


def open_inodes(*, ours: int | None = None) -> frozenset[tuple[int, int]]:
    """Device and inode of each file that a process has open or executes, but for `ours`, a descriptor of this one."""
    return frozenset(_inodes(f"/proc/{os.getpid()}/fd/{ours}"))


def _inodes(ours: str) -> Iterator[tuple[int, int]]:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for link in (f"/proc/{pid}/exe", *_descriptors(pid)):
            if link == ours:
                continue
            try:
                if os.readlink(link).startswith("/"):  # not a socket, a pipe, an anonymous inode
                    status = os.stat(link)
                    yield status.st_dev, status.st_ino
            except OSError:  # closed, gone, or another user's
                continue


def _descriptors(pid: str) -> Iterator[str]:
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        return
    yield from (f"{folder}/{name}" for name in names)

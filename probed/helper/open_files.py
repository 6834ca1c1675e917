"""Which files are open right now, on this host as far as this process may see it."""

from __future__ import annotations

import os
from collections.abc import Iterator


def open_inodes(*, ours: int | None = None) -> frozenset[tuple[int, int]]:
    """Device and inode of each file that a process has open, executes or maps into its memory, but for `ours`, a
    descriptor of this one."""
    return frozenset([*_inodes(f"/proc/{os.getpid()}/fd/{ours}"), *_mapped_inodes()])


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


def _mapped_inodes() -> Iterator[tuple[int, int]]:
    """By their paths: the numbers that stand beside them are not those of stat(2) on every file system."""
    for path in {path for pid in filter(str.isdigit, os.listdir("/proc")) for path in _mapped(pid)}:
        try:
            status = os.stat(path, follow_symlinks=False)
            yield status.st_dev, status.st_ino
        except OSError:  # removed, or in another's namespace
            continue


def _mapped(pid: str) -> Iterator[str]:
    try:
        with open(f"/proc/{pid}/maps", errors="surrogateescape") as file:
            columns = [line.rstrip("\n").split(maxsplit=5) for line in file]
    except OSError:
        return
    yield from (each[5] for each in columns if len(each) == 6 and each[5].startswith("/"))


def _descriptors(pid: str) -> Iterator[str]:
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        return
    yield from (f"{folder}/{name}" for name in names)

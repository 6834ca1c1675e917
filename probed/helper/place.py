"""Where a file is: its folder, opened on a way that no link is on, and its name there."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from probed.helper.done import OperationFailed, OperationRefused

PASS = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
PLAIN = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


@dataclass(frozen=True, slots=True)
class Place:
    folder: int
    name: str
    path: str

    def status(self, name: str = "") -> os.stat_result:
        """Of what has the name now, a link itself too. Raises OSError."""
        return os.stat(name or self.name, dir_fd=self.folder, follow_symlinks=False)

    @contextmanager
    def opened(self, flags: int) -> Iterator[tuple[int, os.stat_result]]:
        """The file, never what a link leads to, and never one that has a second name, which may be any other file of
        the system. Raises OperationRefused."""
        try:
            fd = os.open(self.name, flags | PLAIN, dir_fd=self.folder)
        except OSError as error:
            raise OperationRefused(f"{self.path}: {error.strerror}") from error
        try:
            status = os.fstat(fd)
            if not stat.S_ISDIR(status.st_mode) and (not stat.S_ISREG(status.st_mode) or status.st_nlink != 1):
                raise OperationRefused(f"{self.path} is no plain file with this one name")
            if stat.S_ISREG(status.st_mode) and mount_id(fd) != mount_id(self.folder):
                raise OperationRefused(f"{self.path} is a file of elsewhere that is mounted there")
            yield fd, status
        finally:
            os.close(fd)


@contextmanager
def place_of(path: str, owners: Collection[int] = ()) -> Iterator[Place]:
    """Raises OperationRefused where a link is on the way, where anybody may put files there, and with `owners` where
    anybody else than these users could put another file in the place."""
    pure = PurePath(path)
    if not pure.is_absolute() or str(pure) != path or ".." in pure.parts or len(pure.parts) < 2:
        raise OperationRefused(f"{path!r} is not the plain absolute path of a file")
    fd = os.open("/", PASS)
    try:
        for number, part in enumerate(pure.parts[1:-1], start=2):
            before, fd = fd, os.open(part, PASS, dir_fd=fd)
            os.close(before)
            if owners and (reason := _reason_against(os.fstat(fd), owners, is_last=number == len(pure.parts) - 1)):
                raise OperationRefused(f"{path}: the folder {part} {reason}")
        if os.fstat(fd).st_mode & stat.S_IWOTH:
            raise OperationRefused(f"anybody may put files into {pure.parent}")
        yield Place(fd, pure.name, path)
    except NotADirectoryError as error:
        raise OperationRefused(f"{path} is reached through a link, or not at all") from error
    except OSError as error:
        raise OperationFailed(f"{path}: {error.strerror}") from error
    finally:
        os.close(fd)


def mount_id(fd: int) -> str:
    """Tells a bind mount of the same file system apart, which the device does not."""
    lines = Path(f"/proc/self/fdinfo/{fd}").read_text().splitlines()
    return next((line for line in lines if line.startswith("mnt_id:")), "")


def _reason_against(folder: os.stat_result, owners: Collection[int], *, is_last: bool) -> str:
    """What lies in a sticky folder and belongs to `owners` itself cannot be replaced by others."""
    if folder.st_uid not in owners:
        return f"belongs to uid {folder.st_uid}"
    is_open = folder.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and (is_last or not folder.st_mode & stat.S_ISVTX)
    return "may be written to by others" if is_open else ""

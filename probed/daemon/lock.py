"""One daemon a state directory."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from types import TracebackType

from probed.errors import AlreadyRunning, CannotPersist

NAME = "probed.lock"


class StateLock:
    """Held from `acquire` until `release` or the end of the process, however it ends. The file stays; it names the
    process that holds it."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / NAME
        self.left_by = ""
        """The process that held it before and was cut off, for it did not release it."""
        self._fd: int | None = None

    def acquire(self) -> None:
        """Raises AlreadyRunning and CannotPersist."""
        try:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise CannotPersist(f"cannot write {self.path}: {error.strerror}") from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(fd, 20, 0).decode(errors="replace").strip()
            os.close(fd)
            raise AlreadyRunning(
                f"another probed (pid {holder or 'unknown'}) uses {self.path.parent}; "
                "stop it first, or give this one a monitor.path of its own"
            ) from None
        self.left_by = os.pread(fd, 20, 0).decode(errors="replace").strip()
        with contextlib.suppress(OSError):  # a full disk: the lock holds without its name
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd

    def release(self) -> None:
        if self._fd is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> StateLock:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.release()

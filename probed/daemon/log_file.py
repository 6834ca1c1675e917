"""The daemon's log as a file of its state directory, where no journal takes it: `cortexctl logs` reads it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

LOG_FILE = "log.jsonl"
OLDER = ".1"
MOST_BYTES = 4 * 2**20
"""Of the file that is written, and of the one before it."""


class LogFile:
    """As much of a text stream as `LogWriter` needs. What fails to be written is lost, as with any other stream."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self._path, self._most_bytes = path, most_bytes

    def write(self, line: str) -> None:
        """Opened each time: lines are few, and a file that was moved away or removed is made anew."""
        content = line.encode(errors="replace")
        with _opened(self._path, os.O_APPEND | os.O_NOFOLLOW) as descriptor:
            if os.fstat(descriptor).st_size + len(content) <= self._most_bytes:
                os.write(descriptor, content)
                return
            self._path.replace(older(self._path))
        with _opened(self._path, os.O_EXCL) as descriptor:
            os.write(descriptor, content)

    def flush(self) -> None:
        """Nothing is held back."""


@contextlib.contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    """Closed once, whatever fails: its number may be another thread's a moment later."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | flags, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def older(path: Path) -> Path:
    return path.with_name(path.name + OLDER)

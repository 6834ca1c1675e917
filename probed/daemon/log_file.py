"""The daemon's log as a file of its state directory, where no journal takes it: `cortexctl logs` reads it."""

from __future__ import annotations

import os
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
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_size + len(content) > self._most_bytes:
                self._path.replace(older(self._path))
                os.close(descriptor)
                descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            os.write(descriptor, content)
        finally:
            os.close(descriptor)

    def flush(self) -> None:
        """Nothing is held back."""


def older(path: Path) -> Path:
    return path.with_name(path.name + OLDER)

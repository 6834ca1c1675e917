"""Files of /proc, which the kernel writes as they are read. There are hundreds at each look, and what Python's own
files do beside reading takes most of the time."""

from __future__ import annotations

import os

CHUNK_BYTES = 16384
FLAGS = os.O_RDONLY | os.O_CLOEXEC


def text_of(path: str) -> str:
    """Empty where it has gone, or may not be read."""
    return _read(path, ends_at=1)


def record_of(path: str) -> str:
    """Of a file that the kernel writes in one go, as most of those of a process: what fits one reading is all of it.
    Empty where it has gone, or may not be read."""
    return _read(path, ends_at=CHUNK_BYTES)


def _read(path: str, ends_at: int) -> str:
    """Until a reading brings less than so many bytes."""
    try:
        descriptor = os.open(path, FLAGS)
    except OSError:
        return ""
    try:
        content = chunk = os.read(descriptor, CHUNK_BYTES)
        while len(chunk) >= ends_at:
            chunk = os.read(descriptor, CHUNK_BYTES)
            content += chunk
    except OSError:  # its process has ended
        return ""
    finally:
        os.close(descriptor)
    return content.decode(errors="replace")

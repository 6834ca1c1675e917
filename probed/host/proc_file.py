"""Files of /proc and /sys, which the kernel writes as they are read. There are hundreds at each look, and what Python's
own files do beside reading takes most of the time."""

from __future__ import annotations

import os
from pathlib import Path

from probed.errors import HostFailed, NotHere

CHUNK_BYTES = 16384
FLAGS = os.O_RDONLY | os.O_CLOEXEC


def text_of(path: str | Path) -> str:
    """Empty where it has gone, or may not be read."""
    return _read(path, ends_at=1)


def record_of(path: str) -> str:
    """Of a file that the kernel writes in one go, as most of those of a process: what fits one reading is all of it.
    Empty where it has gone, or may not be read."""
    return _read(path, ends_at=CHUNK_BYTES)


def word_of(path: str | Path) -> str:
    """Without white space around it; empty where it has gone, or may not be read."""
    return text_of(path).strip()


def count_of(path: str | Path) -> int:
    """0 where it has gone, may not be read, or holds no number."""
    word = word_of(path)
    return int(word) if word.isdigit() else 0


def needed_text_of(path: Path, what: str = "") -> str:
    """Raises NotHere, which names `what` it is of, and HostFailed."""
    try:
        return path.read_text()
    except FileNotFoundError:
        raise NotHere(what or f"{path}") from None
    except OSError as error:
        raise HostFailed(f"{path}: {error.strerror}") from error


def _read(path: str | Path, ends_at: int) -> str:
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

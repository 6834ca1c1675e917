"""Lines for systemd's journal: on stderr, with a priority in front, see sd-daemon(3)."""

from __future__ import annotations

import contextlib
import sys
import traceback


def info(text: str) -> None:
    _write(6, text)


def warning(text: str) -> None:
    _write(4, text)


def exception(text: str) -> None:
    """With what is being handled."""
    for line in (text, *traceback.format_exc().splitlines()):
        _write(3, line)


def _write(priority: int, text: str) -> None:
    """One line, whatever somebody put into it."""
    line = text.encode("ascii", "backslashreplace").decode().replace("\n", "\\n").replace("\r", "\\r")
    with contextlib.suppress(OSError):  # nobody reads it: no reason to leave an operation half done
        print(f"<{priority}>{line}", file=sys.stderr, flush=True)

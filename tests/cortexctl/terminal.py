"""`cortexctl` in a process of its own: in a real terminal, or with pipes."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping

PROGRAM = [sys.executable, "-m", "cortexctl"]
DEADLINE_S = 120.0


def environment(**changes: str) -> dict[str, str]:
    """Without what the test's own terminal would bring along."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM", "CORTEX_SOCKET")}
    return {**kept, "TERM": "xterm-256color", "TZ": "UTC", **changes}


def pipes(*words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        env=env or environment(),
    )


def in_terminal(
    *words: str, keys: str = "", after: str = "", env: Mapping[str, str] | None = None, columns: int = 120
) -> tuple[int, str]:
    """Exit code and everything that was shown; `keys` are typed once `after` has been shown."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        ["setsid", "--ctty", "--wait", *PROGRAM, *words],
        stdin=there,
        stdout=there,
        stderr=there,
        env=env or environment(),
    )
    os.close(there)
    try:
        shown = talk(here, keys.encode(), after.encode())
        return process.wait(DEADLINE_S), shown.decode().replace("\r\n", "\n")
    finally:
        process.kill()
        process.wait()
        os.close(here)


def talk(terminal: int, keys: bytes, after: bytes, until: bytes = b"") -> bytes:
    """What is shown until the program ends, or `until` that is there behind the keys."""
    shown, end = b"", time.monotonic() + DEADLINE_S
    typed_at = 0
    while time.monotonic() < end:
        if keys and after in shown:
            os.write(terminal, keys)
            keys, typed_at = b"", len(shown)
        if until and not keys and until in shown[typed_at:]:
            return shown
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # the program has closed its end
                return shown
            shown += piece
    raise TimeoutError(shown)

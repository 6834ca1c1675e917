"""What the exit code of a container's program tells."""

from __future__ import annotations

import signal

MEANINGS = {
    0: "the program ended well",
    125: "the engine could not run it",
    126: "its command cannot be executed",
    127: "its command was not found",
    128 + signal.SIGABRT: "the program gave up on itself, SIGABRT",
    128 + signal.SIGKILL: "killed, SIGKILL",
    128 + signal.SIGSEGV: "the program crashed, SIGSEGV",
    128 + signal.SIGTERM: "asked to end, SIGTERM",
}


def meaning(code: int) -> str:
    """`137` as `137 (killed, SIGKILL)`; an error of the program's own as the bare number."""
    if code in MEANINGS:
        return f"{code} ({MEANINGS[code]})"
    try:
        return f"{code} (ended by {signal.Signals(code - 128).name})" if code > 128 else str(code)
    except ValueError:
        return str(code)

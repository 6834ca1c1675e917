"""How cortexctl ends."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    OK = 0
    """It worked, and all is well."""
    FAILED = 1
    """It did not work, or nothing is known."""
    USAGE = 2
    """The command line, a file or the configuration is wrong."""
    UNREACHABLE = 3
    """No daemon answers on the socket."""
    ATTENTION = 4
    """It worked, and something needs a person: findings, alerts, waiting decisions."""
    REFUSED = 5
    """It is not allowed, or no longer possible."""
    INTERRUPTED = 130
    """Ctrl-C, or a signal, ended it."""

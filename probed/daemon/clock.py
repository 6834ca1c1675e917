"""The host's clocks, as the engine and the clock guard read them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clocks(Protocol):
    """What the clock guard compares. All in seconds."""

    def wall(self) -> float:
        """Seconds since 1970; jumps when somebody sets the clock."""

    def elapsed(self) -> float:
        """Seconds since boot; never jumps, counts the time in suspend."""

    def awake(self) -> float:
        """Seconds since boot without the time in suspend: the clock of the event loop's timers."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def elapsed(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def awake(self) -> float:
        return time.clock_gettime(time.CLOCK_MONOTONIC)

"""How late the event loop is. Its own selector tells, so that nothing has to wake up for it and no delay is missed."""

from __future__ import annotations

import math
import time
from collections import deque
from selectors import DefaultSelector, SelectorKey

WINDOW_S = 10.0
LEAST_S = 0.001
"""What is shorter is no delay."""


class LoopLag:
    """Whoever is due waits for the turn that is under way, and for a loop that comes back late from its sleep."""

    def __init__(self) -> None:
        self._worst: deque[tuple[float, float]] = deque()
        """Moments and their delays, as long as no later one was as large."""
        self.turn_began = math.inf
        """Infinite: not known."""

    def begin_anew(self) -> None:
        """What was late so far, as while the daemon is built, says nothing about its work."""
        self._worst.clear()
        self.turn_began = math.inf

    def worst_ms(self) -> float:
        """The largest delay of the last ten seconds, the turn under way included."""
        now = time.monotonic()
        self._forget(now)
        return 1000 * max(0.0, now - self.turn_began, *(lag_s for _, lag_s in self._worst))

    def keep(self, lag_s: float, now: float) -> None:
        if lag_s < LEAST_S:
            return
        while self._worst and self._worst[-1][1] <= lag_s:
            self._worst.pop()
        self._worst.append((now, lag_s))
        self._forget(now)

    def _forget(self, now: float) -> None:
        while self._worst and now - self._worst[0][0] > WINDOW_S:
            self._worst.popleft()


class LagSelector(DefaultSelector):
    """The event loop sleeps in here; what lies between two sleeps is a turn of it."""

    def __init__(self, lag: LoopLag) -> None:
        super().__init__()
        self._lag = lag

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        lag, asleep = self._lag, time.monotonic()
        lag.keep(asleep - lag.turn_began, asleep)
        ready = super().select(timeout)
        lag.turn_began = awake = time.monotonic()
        if timeout is not None:
            lag.keep(awake - asleep - max(timeout, 0.0), awake)
        return ready

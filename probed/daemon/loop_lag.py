"""How late the event loop is. Its own selector tells, so that nothing has to wake up for it and no delay is missed."""

from __future__ import annotations

import time
from collections import deque
from selectors import DefaultSelector, SelectorKey

WINDOW_S = 10.0


class LoopLag:
    """Whoever is due waits for the turn that is under way, and for a loop that comes back late from its sleep."""

    def __init__(self) -> None:
        self._worst: deque[tuple[float, float]] = deque()
        """Moments and their delays, as long as no later one was as large."""
        self._turn_began: float | None = None

    def turn_began(self, slept_too_long_s: float) -> None:
        self._turn_began = time.monotonic()
        self._keep(slept_too_long_s, self._turn_began)

    def turn_ended(self) -> None:
        if self._turn_began is not None:
            now = time.monotonic()
            self._keep(now - self._turn_began, now)
            self._turn_began = None

    def worst_ms(self) -> float:
        """The largest delay of the last ten seconds, the one under way included."""
        now = time.monotonic()
        self._forget(now)
        under_way = now - self._turn_began if self._turn_began is not None else 0.0
        return 1000 * max(0.0, under_way, *(lag_s for _, lag_s in self._worst))

    def _keep(self, lag_s: float, now: float) -> None:
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
        self._lag.turn_ended()
        began = time.monotonic()
        ready = super().select(timeout)
        self._lag.turn_began(0.0 if timeout is None else max(0.0, time.monotonic() - began - max(timeout, 0.0)))
        return ready

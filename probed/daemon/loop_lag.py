"""How late the event loop is."""

from __future__ import annotations

import asyncio
import time
from collections import deque

WINDOW_S = 10.0
SAMPLE_EVERY_S = 0.25


class LoopLag:
    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque()
        self._due: float | None = None

    async def watch(self) -> None:
        while True:
            self._due = time.monotonic() + SAMPLE_EVERY_S
            await asyncio.sleep(SAMPLE_EVERY_S)
            now = time.monotonic()
            self._samples.append((now, max(0.0, now - self._due)))
            self._forget(now)

    def worst_ms(self) -> float:
        """The largest delay of the last ten seconds, the one under way included."""
        now = time.monotonic()
        self._forget(now)
        under_way = now - self._due if self._due is not None else 0.0
        return 1000 * max(0.0, under_way, *(lag_s for _, lag_s in self._samples))

    def _forget(self, now: float) -> None:
        while self._samples and now - self._samples[0][0] > WINDOW_S:
            self._samples.popleft()

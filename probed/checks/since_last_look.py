"""What counters of the kernel have counted since the last look, whichever inspection that belonged to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

NEAREST_S = 1.0
"""A look that is less long ago is none: what lies between is chance."""
SHORTEST_S = 5.0
"""Where looks follow each other sooner, so much is measured all the same, as far back as there are any."""
LONGEST_S = 900.0
"""A look that is longer ago tells nothing of now."""

Counters = TypeVar("Counters")


@dataclass(frozen=True, slots=True)
class Span(Generic[Counters]):
    before: Counters
    after: Counters
    seconds: float


class Window(Generic[Counters]):
    """Where there is no look, or it is too short or too long ago, two looks are taken `sample_s` apart."""

    def __init__(self, read: Callable[[], Counters], sample_s: float = 0.1) -> None:
        self._read, self._sample_s = read, sample_s
        self._lock = threading.Lock()
        self._looks: list[tuple[float, Counters]] = []
        """The newest one that is `SHORTEST_S` old, and those since; none right after another."""

    def move(self) -> Span[Counters]:
        """Blocking for `sample_s` at the most. Raises what `read` raises."""
        now = time.monotonic()
        last = self._since(now)
        if last is None:
            last = (now, self._read())
            time.sleep(self._sample_s)
        moment = (time.monotonic(), self._read())
        with self._lock:
            if not self._looks or moment[0] - self._looks[-1][0] >= NEAREST_S:
                self._looks.append(moment)
        return Span(last[1], moment[1], moment[0] - last[0])

    def _since(self, now: float) -> tuple[float, Counters] | None:
        with self._lock:
            recent = [look for look in self._looks if now - look[0] <= LONGEST_S]
            old = sum(now - look[0] >= SHORTEST_S for look in recent)
            self._looks = recent[max(0, old - 1) :]
            return next((look for look in self._looks if now - look[0] >= NEAREST_S), None)

    def forget(self) -> None:
        with self._lock:
            self._looks = []

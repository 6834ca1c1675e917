"""What counters of the kernel have counted since the last look, whichever inspection that belonged to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

SHORTEST_S = 5.0
LONGEST_S = 900.0
"""A look that is longer ago tells nothing of now."""

Counters = TypeVar("Counters")


@dataclass(frozen=True, slots=True)
class Span(Generic[Counters]):
    before: Counters
    after: Counters
    seconds: float


class Window(Generic[Counters]):
    """Where there is no last look, or it is too short or too long ago, two looks are taken `sample_s` apart."""

    def __init__(self, read: Callable[[], Counters], sample_s: float = 0.1) -> None:
        self._read, self._sample_s = read, sample_s
        self._lock = threading.Lock()
        self._last: tuple[float, Counters] | None = None

    def move(self) -> Span[Counters]:
        """Blocking for `sample_s` at the most. Raises what `read` raises."""
        with self._lock:
            last = self._last
        now = time.monotonic()
        if last is None or not SHORTEST_S <= now - last[0] <= LONGEST_S:
            last = (now, self._read())
            time.sleep(self._sample_s)
        moment = (time.monotonic(), self._read())
        with self._lock:
            self._last = moment
        return Span(last[1], moment[1], moment[0] - last[0])

    def forget(self) -> None:
        with self._lock:
            self._last = None

"""A circuit breaker around something that is asked again and again, from several threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

from probed.core import breaker as breakers
from probed.core.breaker import Breaker, BreakerFacts, Patience
from probed.errors import HostFailed

PATIENCE = Patience(failures=3, first_pause_s=2.0, longest_pause_s=30.0)


class Circuit:
    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic, patience: Patience = PATIENCE) -> None:
        """`name`: as a person calls what is behind it."""
        self.name, self._patience = name, patience
        self._clock, self._lock, self._breaker = clock, threading.Lock(), Breaker()

    def begin(self, within_s: float) -> None:
        """An attempt begins, and is over within so long. Raises HostFailed while it is left alone."""
        with self._lock:
            now_s = self._clock()
            if not self._breaker.permits(now_s):
                raise HostFailed(
                    f"{self.name} failed again and again and is left alone for a while: {self._breaker.why}"
                )
            self._breaker = breakers.begin(self._breaker, now_s + within_s)

    def succeed(self) -> None:
        with self._lock:
            self._breaker = breakers.succeed(self._breaker)

    def fail(self, why: str) -> None:
        with self._lock:
            self._breaker = breakers.fail(self._breaker, why, self._clock(), self._patience)

    def permit(self) -> None:
        """Something was mended: there is nothing to wait for any more."""
        with self._lock:
            self._breaker = breakers.permit(self._breaker, self._clock())

    def abandon(self) -> None:
        """The attempt says nothing about what is behind it."""
        with self._lock:
            self._breaker = breakers.abandon(self._breaker, self._clock())

    def facts(self, name: str, now: datetime) -> BreakerFacts:
        with self._lock:
            return breakers.facts_of(name, self._breaker, now, self._clock())

"""The circuit breakers of the recipients, by the clock that never jumps."""

from __future__ import annotations

from collections import defaultdict

from probed.core import breaker as breakers
from probed.core.breaker import Breaker, BreakerFacts, BreakerState, Patience
from probed.ports import Clock

PATIENCE = Patience(failures=3, first_pause_s=1.0, longest_pause_s=8.0)
ATTEMPT_S = 300.0
"""Longer than any attempt; what is under way longer is lost."""


class Circuits:
    """In memory: after a restart everything is tried anew."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._breakers: defaultdict[str, Breaker] = defaultdict(Breaker)

    def wait_s(self, name: str) -> float:
        """How long until an attempt may begin; 0: now."""
        breaker, now_s = self._breakers[name], self._clock.monotonic()
        return 0.0 if breaker.permits(now_s) else max(breaker.probe_at_s - now_s, 0.1)

    def is_open(self, name: str) -> bool:
        return self._breakers[name].state is not BreakerState.CLOSED

    def failures(self, name: str) -> int:
        """In a row."""
        return self._breakers[name].failures

    def permit(self, name: str) -> None:
        """An attempt may begin now, unless one is under way."""
        self._breakers[name] = breakers.permit(self._breakers[name], self._clock.monotonic())

    def begin(self, name: str) -> None:
        self._breakers[name] = breakers.begin(self._breakers[name], self._clock.monotonic() + ATTEMPT_S)

    def succeed(self, name: str) -> None:
        self._breakers[name] = breakers.succeed(self._breakers[name])

    def fail(self, name: str, why: str, *, pause_s: float, at_once: bool) -> bool:
        """Whether it opened just now."""
        before, now_s = self._breakers[name], self._clock.monotonic()
        after = breakers.fail(before, why, now_s, PATIENCE, pause_s=pause_s, at_once=at_once)
        self._breakers[name] = after
        return before.state is BreakerState.CLOSED and after.state is BreakerState.OPEN

    def abandon(self, name: str) -> None:
        self._breakers[name] = breakers.abandon(self._breakers[name], self._clock.monotonic())

    def facts(self, name: str) -> BreakerFacts:
        breaker = self._breakers.get(name, Breaker())
        return breakers.facts_of(name, breaker, self._clock.now(), self._clock.monotonic())

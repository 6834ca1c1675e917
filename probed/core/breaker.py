"""A circuit breaker: what failed again and again is left alone for a growing while, then tried once.

Seconds are those of a clock that never jumps.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


class BreakerState(enum.StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    """It is left alone until `probe_at_s`."""
    HALF_OPEN = "half_open"
    """One attempt is under way; what comes of it decides. It is waited for until `probe_at_s`."""


@dataclass(frozen=True, slots=True)
class Patience:
    failures: int = 3
    """In a row, before it opens."""
    first_pause_s: float = 1.0
    longest_pause_s: float = 8.0


@dataclass(frozen=True, slots=True)
class Breaker:
    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    """In a row."""
    since_s: float = 0.0
    """When it opened; 0 while it is closed."""
    probe_at_s: float = 0.0
    why: str = ""
    """The newest failure."""

    def permits(self, now_s: float) -> bool:
        """Whether an attempt may begin."""
        return self.state is BreakerState.CLOSED or now_s >= self.probe_at_s


@dataclass(frozen=True, slots=True)
class BreakerFacts:
    """A breaker as a person sees it."""

    name: str
    state: BreakerState
    failures: int = 0
    since: datetime | None = None
    """When it opened; None while it is closed."""
    probe_at: datetime | None = None
    why: str = ""


def permit(breaker: Breaker, now_s: float) -> Breaker:
    """Something was mended: there is nothing to wait for any more, unless an attempt is under way."""
    return replace(breaker, probe_at_s=now_s) if breaker.state is BreakerState.OPEN else breaker


def begin(breaker: Breaker, until_s: float) -> Breaker:
    """An attempt that it permitted begins; if nothing has come of it by `until_s`, the next one may."""
    if breaker.state is BreakerState.CLOSED:
        return breaker
    return replace(breaker, state=BreakerState.HALF_OPEN, probe_at_s=until_s)


def succeed(breaker: Breaker) -> Breaker:
    return Breaker()


def fail(
    breaker: Breaker,
    why: str,
    now_s: float,
    patience: Patience,
    *,
    pause_s: float | None = None,
    at_once: bool = False,
) -> Breaker:
    """`pause_s`: where the other side said how long, or the caller knows better. `at_once`: one failure is enough."""
    failures = breaker.failures + 1
    if breaker.state is BreakerState.CLOSED and failures < patience.failures and not at_once:
        return replace(breaker, failures=failures, why=why)
    pause_s = patience_s(failures, patience) if pause_s is None else pause_s
    since_s = now_s if breaker.state is BreakerState.CLOSED else breaker.since_s
    return Breaker(BreakerState.OPEN, failures, since_s, now_s + pause_s, why)


def abandon(breaker: Breaker, now_s: float) -> Breaker:
    """The attempt was broken off and says nothing: another one may begin."""
    if breaker.state is not BreakerState.HALF_OPEN:
        return breaker
    return replace(breaker, state=BreakerState.OPEN, probe_at_s=now_s)


def patience_s(failures: int, patience: Patience) -> float:
    """The pause after so many failures in a row: it doubles with each one from the first that opens."""
    beyond = min(max(failures - patience.failures, 0), 30)
    return min(patience.first_pause_s * 2.0**beyond, patience.longest_pause_s)


def facts_of(name: str, breaker: Breaker, now: datetime, now_s: float) -> BreakerFacts:
    """`now` and `now_s` are the same moment by the two clocks."""
    if breaker.state is BreakerState.CLOSED:
        return BreakerFacts(name, breaker.state, breaker.failures, why=breaker.why)
    since, probe_at = (now + timedelta(seconds=at_s - now_s) for at_s in (breaker.since_s, breaker.probe_at_s))
    return BreakerFacts(name, breaker.state, breaker.failures, since, probe_at, breaker.why)

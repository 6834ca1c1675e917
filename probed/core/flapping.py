"""Flapping: an alert that goes up and down too often to be told each time.

Source: Nagios' base/flapping.c. The newest 21 states have 20 transitions; a change weighs 0.75 where it is the oldest
and 1.25 where it is the newest; the value is the weighted share of changes. It starts at `high_percent` and stops at
`low_percent`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

STATES = 21
TRANSITIONS = STATES - 1
OLDEST_WEIGHT, NEWEST_WEIGHT = 0.75, 1.25
UP, DOWN = "1", "0"


@dataclass(frozen=True, slots=True)
class FlapBounds:
    high_percent: float = 30.0
    low_percent: float = 20.0


@dataclass(frozen=True, slots=True)
class Flapping:
    """What one alert has been doing lately."""

    fingerprint: str
    source: str
    """Whose reports are its states; empty for an alert that came in from outside."""
    states: str
    """The newest last, `1` where it fired; at most 21."""
    seen_at: datetime
    """When the newest state was noted."""
    report: int = 0
    """Number of the source's newest report by then."""
    since: datetime | None = None
    """When it began to flap; None: it does not."""
    look_at: datetime | None = None
    """When to look whether it still flaps."""
    is_told: bool = False
    """A person was told that it flaps."""
    alert_id: str = ""
    """The newest alert of this fingerprint."""

    @property
    def fires(self) -> bool:
        return self.states.endswith(UP)

    @property
    def changes(self) -> int:
        return sum(one != other for one, other in pairwise(self.states))


def begin(fingerprint: str, source: str, *, fires: bool, now: datetime) -> Flapping:
    """An alert of which nothing is known but that it has just changed: until then it was the other way."""
    return Flapping(fingerprint, source, (DOWN if fires else UP) * STATES, now)


def change_percent(states: str) -> float:
    """0 to 100; fewer than 21 states count as if the oldest had always been so."""
    full = states[:1] * (STATES - len(states)) + states[-STATES:]
    step = (NEWEST_WEIGHT - OLDEST_WEIGHT) / (TRANSITIONS - 1)
    weights = (OLDEST_WEIGHT + step * number for number in range(TRANSITIONS))
    changed = sum(weight for weight, (one, other) in zip(weights, pairwise(full), strict=True) if one != other)
    return 100.0 * changed / TRANSITIONS


def lasting(flapping: Flapping, times: int) -> Flapping:
    """After its state was the same for so many more times."""
    states = flapping.states + flapping.states[-1:] * min(times, STATES)
    return replace(flapping, states=states[-STATES:])


def seen(flapping: Flapping, *, fires: bool, now: datetime) -> Flapping:
    """After one more state."""
    return replace(flapping, states=(flapping.states + (UP if fires else DOWN))[-STATES:], seen_at=now)


def judged(flapping: Flapping, bounds: FlapBounds, now: datetime) -> Flapping:
    """With `since` as the bounds say: between the two everything stays as it is."""
    percent = change_percent(flapping.states)
    if flapping.since is None and percent >= bounds.high_percent:
        return replace(flapping, since=now)
    if flapping.since is not None and percent <= bounds.low_percent:
        return replace(flapping, since=None)
    return flapping

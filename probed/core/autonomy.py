"""Earned autonomy: each action climbs, for each kind of object, by what it has proved.

observe ─► dry_run ─► ask ─► automatic
    rehearsals │          │ verified successes
               └──────────┴─ a failed verification lets it fall to ask at the most
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, replace
from datetime import datetime

Z = 1.96
"""95 % confidence."""


class Rung(enum.StrEnum):
    """Ordered, the lowest first."""

    OBSERVE = "observe"
    DRY_RUN = "dry_run"
    ASK = "ask"
    AUTOMATIC = "automatic"

    @property
    def height(self) -> int:
        return tuple(Rung).index(self)

    @property
    def above(self) -> Rung:
        return tuple(Rung)[min(self.height + 1, len(Rung) - 1)]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rung costs."""

    rehearsals: int = 3
    """How many in a row lead from observe to dry_run, and again from there to ask."""
    threshold: float = 0.8
    """Lower bound of the rate of success that leads from ask to automatic."""

    @property
    def successes(self) -> int:
        """How many in a row that takes."""
        return math.ceil(self.threshold * Z * Z / (1 - self.threshold))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an action stands with a kind of object, and what it has shown."""

    action: str
    object_kind: str
    rung: Rung = Rung.OBSERVE
    rehearsals: int = 0
    """In a row, on this rung."""
    successes: int = 0
    """Verified, since the last failure."""
    succeeded: int = 0
    """Ever."""
    failed: int = 0
    """Ever."""
    pin: Rung | None = None
    """Where an operator has put it; it goes on earning below."""
    pinned_by: str = ""
    changed_at: datetime | None = None
    """When it came to its rung."""

    @property
    def stands_on(self) -> Rung:
        return self.pin or self.rung


def wilson_lower(successes: float, trials: float, z: float = Z) -> float:
    """Lower bound of the Wilson score interval (Wilson 1927) for a rate of success; 0.0 without a trial."""
    if not trials:
        return 0.0
    rate, spread = successes / trials, z * z / trials
    margin = z * math.sqrt(rate * (1 - rate) / trials + spread / (4 * trials))
    return max(0.0, (rate + spread / 2 - margin) / (1 + spread))


def rehearsed(standing: Standing, *, worked: bool, terms: Terms, now: datetime) -> Standing:
    """After a look at what would have been done: the precondition held, and the dry run `worked` or not."""
    if standing.rung.height >= Rung.ASK.height:
        return standing
    if not worked:
        return replace(standing, rehearsals=0)
    rehearsals = standing.rehearsals + 1
    if rehearsals < terms.rehearsals:
        return replace(standing, rehearsals=rehearsals)
    return replace(standing, rung=standing.rung.above, rehearsals=0, changed_at=now)


def executed(standing: Standing, *, verified: bool, terms: Terms, now: datetime) -> Standing:
    """After an execution, whoever allowed it."""
    if not verified:
        rung = min(standing.rung, Rung.ASK, key=lambda rung: rung.height)
        changed_at = standing.changed_at if rung is standing.rung else now
        return replace(
            standing, rung=rung, rehearsals=0, successes=0, failed=standing.failed + 1, changed_at=changed_at
        )
    counted = replace(standing, successes=standing.successes + 1, succeeded=standing.succeeded + 1)
    shown = rehearsed(counted, worked=True, terms=terms, now=now)
    has_earned = wilson_lower(shown.successes, shown.successes) >= terms.threshold
    if shown.rung is Rung.ASK and has_earned:
        return replace(shown, rung=Rung.AUTOMATIC, changed_at=now)
    return shown

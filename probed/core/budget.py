"""What a model may still cost, in US dollars: a limit for each span, and the tightest of them counts."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass


class Span(enum.StrEnum):
    CALL = "call"
    RUN = "run"
    INSPECTION = "inspection"
    """All runs of one inspection in a day."""
    QUESTION = "question"
    """One question of a person."""
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Limits:
    call_usd: float = math.inf
    run_usd: float = math.inf
    inspection_usd: float = math.inf
    day_usd: float = math.inf
    month_usd: float = math.inf
    question_usd: float = math.inf

    def of(self, span: Span) -> float:
        return float(getattr(self, f"{span}_usd"))


@dataclass(frozen=True, slots=True)
class Spent:
    """So far, with what calls that are under way may still cost."""

    run_usd: float = 0.0
    inspection_usd: float = 0.0
    day_usd: float = 0.0
    month_usd: float = 0.0

    def of(self, span: Span) -> float:
        """A question is paid as a run is."""
        paid_as = {Span.QUESTION: Span.RUN}.get(span, span)
        return 0.0 if span is Span.CALL else float(getattr(self, f"{paid_as}_usd"))

    def plus(self, other: Spent) -> Spent:
        return Spent(
            self.run_usd + other.run_usd,
            self.inspection_usd + other.inspection_usd,
            self.day_usd + other.day_usd,
            self.month_usd + other.month_usd,
        )


@dataclass(frozen=True, slots=True)
class Room:
    """What the next call may cost, and which limit says so."""

    left_usd: float
    span: Span
    limit_usd: float


def share_left(limits: Limits, spent: Spent) -> float:
    """Of the day or the month, whichever has less left, from 0 to 1."""
    return min(1.0, *(_share(limits.of(span), spent.of(span)) for span in (Span.DAY, Span.MONTH)))


def _share(limit_usd: float, spent_usd: float) -> float:
    return max(0.0, 1 - spent_usd / limit_usd) if limit_usd else 0.0


def room(limits: Limits, spent: Spent) -> Room:
    every = [Room(max(limits.of(span) - spent.of(span), 0.0), span, limits.of(span)) for span in Span]
    return min(every, key=lambda each: each.left_usd)

"""Which tier of models is asked: by the first rule that fits, else by the document; and who stands in for it."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from probed.core.finding import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """Holds where all that it names holds."""

    tier: str
    inspections: tuple[str, ...] = ()
    """Patterns; none: all."""
    severity: Severity | None = None
    """That the worst finding has at least."""
    budget_left_below: float | None = None
    """Share of the day's or the month's budget, whichever has less left."""

    def fits(self, situation: Situation) -> bool:
        of = situation.inspection_id
        if self.inspections and not any(fnmatchcase(of, pattern) for pattern in self.inspections):
            return False
        if self.severity and (situation.severity is None or situation.severity.rank < self.severity.rank):
            return False
        return self.budget_left_below is None or situation.budget_left < self.budget_left_below

    def __str__(self) -> str:
        conditions = [
            f"inspections {', '.join(self.inspections)}" if self.inspections else "",
            f"severity {self.severity} or worse" if self.severity else "",
            "" if self.budget_left_below is None else f"less than {self.budget_left_below:.0%} of the budget left",
        ]
        return " and ".join(filter(None, conditions)) or "always"


@dataclass(frozen=True, slots=True)
class Situation:
    inspection_id: str
    tier: str
    """That the document asks for."""
    severity: Severity | None
    """Of the worst finding; None: nothing was found."""
    budget_left: float
    """Share, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Choice:
    tiers: tuple[str, ...]
    """In the order in which they are asked."""
    why: str


@dataclass(frozen=True, slots=True)
class ModelPolicy:
    rules: tuple[Rule, ...] = ()
    fallback: tuple[str, ...] = ()
    """Asked in this order where the first gives no answer or is not affordable."""

    def choose(self, situation: Situation) -> Choice:
        number, rule = next(
            ((number, rule) for number, rule in enumerate(self.rules) if rule.fits(situation)), (0, None)
        )
        first = rule.tier if rule else situation.tier
        why = f"agent.routes[{number}]: {rule}" if rule else f"the document asks for the tier {first}"
        return Choice(tuple(dict.fromkeys((first, *self.fallback))), why)

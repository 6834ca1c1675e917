"""Which models there are, what they may cost, and what they did: as a person sees it."""

from __future__ import annotations

from dataclasses import dataclass

from probed.core.budget import Limits, Spent
from probed.core.budget_raise import BudgetRaise


@dataclass(frozen=True, slots=True)
class TierFacts:
    tier: str
    model: str
    server: str
    input_usd: float
    output_usd: float
    """US dollars for a million tokens."""


@dataclass(frozen=True, slots=True)
class Spending:
    """Of one inspection, since a moment."""

    inspection_id: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    saved: int = 0
    """Runs that were spared a call, because an earlier one still spoke for them."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    tiers: tuple[TierFacts, ...]
    limits: Limits
    """For all runs together, by the configuration; what one run may cost, its document says."""
    spent: Spent
    raises: tuple[BudgetRaise, ...] = ()
    """Those that hold now."""

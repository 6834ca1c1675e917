"""Models on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TierShape:
    tier: str
    model: str
    server: str
    input_usd: float
    output_usd: float
    """US dollars for a million tokens."""


@dataclass(frozen=True, slots=True)
class BudgetShape:
    span: str
    """`call`, `inspection` (its runs of a day), `day` or `month`."""
    limit_usd: float | None
    """None: no limit."""
    spent_usd: float | None
    """With what requests under way may still cost; None: it begins anew with each call or inspection."""
    left_usd: float | None = None
    """None: there is no limit."""
    inspection: str = ""
    """Whose it is, where it is that of one."""
    raised_from_usd: float | None = None
    """Its own limit, where somebody has raised it."""
    until: str | None = None
    """When the raise ends."""


@dataclass(frozen=True, slots=True)
class SpendingShape:
    inspection: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    saved: int
    """Runs that were spared a call, because an earlier one still spoke for them."""


@dataclass(frozen=True, slots=True)
class ModelsShape:
    backend: str
    """`none`: no model is asked, and the rest is empty."""
    tiers: Sequence[TierShape]
    budgets: Sequence[BudgetShape]
    spending: Sequence[SpendingShape]
    """Of this month, the dearest inspection first, at most a hundred."""
    today: Sequence[BudgetShape] = ()
    """The budget of each inspection that spent something today, or whose budget was raised."""


@dataclass(frozen=True, slots=True)
class ChoiceShape:
    """Which tier an inspection's next call would go to."""

    inspection: str
    tiers: Sequence[str]
    """The first is asked; the others stand in."""
    why: str
    budget_left: float
    """Share of the day's or the month's budget, whichever has less left."""

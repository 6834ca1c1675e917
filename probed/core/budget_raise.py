"""A budget that stopped a request to a model, and what it was raised to, until it begins anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from probed.core.budget import Limits, Span

MOST = 2.0
"""How many times its own limit a budget is raised to at the most."""
OF_AN_INSPECTION = "inspection "


@dataclass(frozen=True, slots=True)
class BudgetStop:
    budget: str
    """`call`, `day`, `month`, or `inspection NAME`."""
    limit_usd: float
    """Its own, before anybody raised it."""
    needed_usd: float
    """The least that the request might have cost."""
    until: datetime
    """When the budget begins anew."""


@dataclass(frozen=True, slots=True)
class BudgetRaise:
    budget: str
    limit_usd: float
    until: datetime

    def to_payload(self) -> dict[str, object]:
        return {"budget": self.budget, "limit_usd": self.limit_usd, "until": self.until.isoformat()}


def raises_in(payload: object) -> list[BudgetRaise]:
    """What `to_payload` made, as it was stored."""
    rows = payload if isinstance(payload, list) else []
    return [
        BudgetRaise(str(row["budget"]), float(row["limit_usd"]), datetime.fromisoformat(row["until"])) for row in rows
    ]


def budget_of(span: Span, inspection_id: str) -> str:
    return f"{OF_AN_INSPECTION}{inspection_id}" if span is Span.INSPECTION else str(span)


def span_of(budget: str) -> Span | None:
    """None: there is no such budget, or it is no matter of a person's answer, as that of a run."""
    if budget.startswith(OF_AN_INSPECTION):
        return Span.INSPECTION if inspection_of(budget) else None
    return next((span for span in (Span.CALL, Span.DAY, Span.MONTH) if span == budget), None)


def inspection_of(budget: str) -> str:
    return budget.removeprefix(OF_AN_INSPECTION) if budget.startswith(OF_AN_INSPECTION) else ""


def raised(limits: Limits, raises: Iterable[BudgetRaise], inspection_id: str, now: datetime) -> Limits:
    """The limits that hold for that inspection now. A raise that ended, or one below the limit, counts for nothing."""
    for each in raises:
        span = span_of(each.budget)
        concerns = each.budget == budget_of(Span.INSPECTION, inspection_id) or span is not Span.INSPECTION
        if span and concerns and now < each.until and each.limit_usd > limits.of(span):
            limits = replace(limits, **{f"{span}_usd": each.limit_usd})
    return limits

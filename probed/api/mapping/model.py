from __future__ import annotations

import math
from collections.abc import Sequence

from probed.core.budget import Limits, Span, Spent
from probed.core.model_facts import ModelFacts, Spending
from probed.core.model_route import Choice
from probed.wire.model import BudgetShape, ChoiceShape, ModelsShape, SpendingShape, TierShape

SPANS = (Span.CALL, Span.QUESTION, Span.INSPECTION, Span.DAY, Span.MONTH)
"""Those that the configuration limits."""


def models_shape(backend: str, facts: ModelFacts | None, spending: Sequence[Spending]) -> ModelsShape:
    return ModelsShape(
        backend=backend,
        tiers=[
            TierShape(each.tier, each.model, each.server, each.input_usd, each.output_usd)
            for each in (facts.tiers if facts else ())
        ],
        budgets=_budgets(facts.limits, facts.spent) if facts else [],
        spending=[
            SpendingShape(each.inspection_id, each.calls, each.input_tokens, each.output_tokens, each.cost_usd)
            for each in spending
        ],
    )


def choice_shape(inspection_id: str, choice: Choice, budget_left: float) -> ChoiceShape:
    return ChoiceShape(inspection_id, list(choice.tiers), choice.why, budget_left)


def _budgets(limits: Limits, spent: Spent) -> list[BudgetShape]:
    return [_budget(span, limits, spent) for span in SPANS]


def _budget(span: Span, limits: Limits, spent: Spent) -> BudgetShape:
    limit_usd = limits.of(span)
    is_sum = span in (Span.DAY, Span.MONTH)
    return BudgetShape(span, limit_usd if math.isfinite(limit_usd) else None, spent.of(span) if is_sum else None)

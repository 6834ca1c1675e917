from __future__ import annotations

import math
from collections.abc import Sequence

from probed.api.mapping import moment
from probed.core.budget import Span
from probed.core.budget_raise import budget_of, inspection_of
from probed.core.model_facts import ModelFacts, Spending
from probed.core.model_route import Choice
from probed.wire.model import BudgetShape, ChoiceShape, ModelsShape, SpendingShape, TierShape

SPANS = (Span.CALL, Span.QUESTION, Span.INSPECTION, Span.DAY, Span.MONTH)
"""Those that the configuration limits."""


def models_shape(
    backend: str, facts: ModelFacts | None, spending: Sequence[Spending], today: Sequence[Spending] = ()
) -> ModelsShape:
    return ModelsShape(
        backend=backend,
        tiers=[
            TierShape(each.tier, each.model, each.server, each.input_usd, each.output_usd)
            for each in (facts.tiers if facts else ())
        ],
        budgets=[_budget(span, facts) for span in SPANS] if facts else [],
        spending=[
            SpendingShape(
                each.inspection_id, each.calls, each.input_tokens, each.output_tokens, each.cost_usd, each.saved
            )
            for each in spending
        ],
        today=_today(facts, today) if facts else [],
    )


def choice_shape(inspection_id: str, choice: Choice, budget_left: float) -> ChoiceShape:
    return ChoiceShape(inspection_id, list(choice.tiers), choice.why, budget_left)


def _today(facts: ModelFacts, today: Sequence[Spending]) -> list[BudgetShape]:
    spent = dict.fromkeys(filter(None, (inspection_of(each.budget) for each in facts.raises)), 0.0)
    spent |= {each.inspection_id: each.cost_usd for each in today}
    return [_budget(Span.INSPECTION, facts, name, usd) for name, usd in spent.items()]


def _budget(span: Span, facts: ModelFacts, inspection: str = "", spent_usd: float | None = None) -> BudgetShape:
    """What was `spent_usd` of an inspection's; that of the host's days and months stands in the facts."""
    own_usd = facts.limits.of(span)
    raised = next((each for each in facts.raises if each.budget == budget_of(span, inspection)), None)
    limit_usd = raised.limit_usd if raised and raised.limit_usd > own_usd else own_usd
    is_raised = raised is not None and limit_usd > own_usd
    spent_usd = facts.spent.of(span) if span in (Span.DAY, Span.MONTH) else spent_usd
    has_limit = math.isfinite(limit_usd)
    return BudgetShape(
        span,
        limit_usd if has_limit else None,
        spent_usd,
        max(limit_usd - (spent_usd or 0.0), 0.0) if has_limit else None,
        inspection,
        own_usd if is_raised else None,
        moment.text(raised.until) if raised and is_raised else None,
    )

from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.model import choice_shape, models_shape
from probed.api.peer import Role
from probed.api.query import choice
from probed.core.budget_period import day_of, month_of
from probed.core.finding import Severity
from probed.errors import NotFound
from probed.wire import paths
from probed.wire.model import ChoiceShape, ModelsShape


async def show_models(call: Call) -> Response:
    context = call.desk.context
    if context.models is None:
        return answer(ModelsShape, models_shape("none", None, ()))
    now = context.now()
    spending = await context.queries.spending(month_of(now))
    today = await context.queries.spending(day_of(now))
    return answer(ModelsShape, models_shape(context.models.name, await context.models.facts(), spending, today))


async def explain_choice(call: Call) -> Response:
    context = call.desk.context
    inspection = next((each for each in context.inspections() if each.id == call.id), None)
    if inspection is None:
        raise NotFound(f"there is no inspection {call.id!r}")
    if context.models is None:
        raise NotFound("no model is asked here: agent.backend is none")
    severity = call.query.get("severity")
    chosen, left = await context.models.explain(inspection, Severity(severity) if severity else None)
    return answer(ChoiceShape, choice_shape(inspection.id, chosen, left))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.MODELS,
        Role.VIEWER,
        show_models,
        "Which models are asked, what they may cost, and what they cost this month.",
        answer=ModelsShape,
    ),
    Endpoint(
        "GET",
        f"{paths.INSPECTIONS}/{{id}}/model",
        Role.VIEWER,
        explain_choice,
        "Which tier an inspection's next call goes to, and why.",
        answer=ChoiceShape,
        query=(choice("severity", Severity, "Of the worst finding."),),
    ),
)

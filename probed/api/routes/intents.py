from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.change import chain_shape, checkpoint_shape, intent_shape
from probed.api.peer import Role
from probed.api.query import PAGE_BY_NUMBER, choice
from probed.api.text import check_texts
from probed.core.intent import IntentDraft, IntentKind
from probed.wire import paths
from probed.wire.change import ChainShape, CheckpointShape, IntentShape, NewIntent
from probed.wire.page import PageOf

VERIFY_DEADLINE_S = 300.0
"""The whole chain is read."""


async def list_intents(call: Call) -> Response:
    page = await call.desk.context.queries.intents(*call.page, kind=call.query.get("kind"))
    return answer(PageOf[IntentShape], PageOf([intent_shape(intent) for intent in page.items], page.next))


async def add_intent(call: Call) -> Response:
    request: NewIntent = await call.body(NewIntent)
    check_texts(request)
    draft = IntentDraft(IntentKind(request.kind), request.text, request.subject)
    intent = await call.desk.context.operator.record(draft, await call.actor())
    return answer(IntentShape, intent_shape(intent), 201)


async def verify_intents(call: Call) -> Response:
    return answer(ChainShape, chain_shape(await call.desk.context.queries.verify_intents()))


async def list_checkpoints(call: Call) -> Response:
    page = await call.desk.context.queries.checkpoints(*call.page)
    return answer(PageOf[CheckpointShape], PageOf([checkpoint_shape(each) for each in page.items], page.next))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.INTENTS,
        Role.VIEWER,
        list_intents,
        "What was decided or tried and why, the newest first.",
        answer=PageOf[IntentShape],
        query=(*PAGE_BY_NUMBER, choice("kind", IntentKind, "Only those of this kind.")),
    ),
    Endpoint(
        "POST",
        paths.INTENTS,
        Role.OPERATOR,
        add_intent,
        "Write down what was decided, what stands in the way, what was reached, or what is worth knowing.",
        answer=IntentShape,
        status=201,
        body=NewIntent,
        body_required=True,
    ),
    Endpoint(
        "GET",
        f"{paths.INTENTS}/verify",
        Role.VIEWER,
        verify_intents,
        "Whether the hash chain of the intents is whole, from its newest checkpoint on.",
        answer=ChainShape,
        deadline_s=VERIFY_DEADLINE_S,
    ),
    Endpoint(
        "GET",
        f"{paths.INTENTS}/checkpoints",
        Role.VIEWER,
        list_checkpoints,
        "Where the beginning of the record was cut, each signed, the newest first.",
        answer=PageOf[CheckpointShape],
        query=PAGE_BY_NUMBER,
    ),
)

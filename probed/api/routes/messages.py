from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.channel import message_shape
from probed.api.peer import Role
from probed.api.query import PAGE_BY_ID, choice
from probed.api.text import check_texts
from probed.core.effect import MessageState
from probed.wire import paths
from probed.wire.channel import MessageShape, Resending
from probed.wire.page import PageOf


async def list_messages(call: Call) -> Response:
    state = call.query.get("state")
    page = await call.desk.context.queries.messages(*call.page, state=MessageState(state) if state else None)
    return answer(PageOf[MessageShape], PageOf([message_shape(message) for message in page.items], page.next))


async def show_message(call: Call) -> Response:
    return answer(MessageShape, message_shape(await call.desk.context.queries.message(call.id)))


async def resend_message(call: Call) -> Response:
    wanted: Resending = await call.optional_body(Resending)
    check_texts(wanted)
    message = await call.desk.context.operator.resend(call.id, await call.actor(), wanted.to)
    return answer(MessageShape, message_shape(message))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.MESSAGES,
        Role.VIEWER,
        list_messages,
        "Messages, the newest first.",
        answer=PageOf[MessageShape],
        query=(*PAGE_BY_ID, choice("state", MessageState, "Only those in this state.")),
    ),
    Endpoint("GET", f"{paths.MESSAGES}/{{id}}", Role.VIEWER, show_message, "One message.", answer=MessageShape),
    Endpoint(
        "POST",
        f"{paths.MESSAGES}/{{id}}/resend",
        Role.OPERATOR,
        resend_message,
        "Send a message again that was given up, maybe to another channel.",
        answer=MessageShape,
        body=Resending,
        refusals=(409,),
    ),
)

from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.change import change_shape
from probed.api.peer import Role
from probed.api.query import PAGE_BY_ID
from probed.wire import paths
from probed.wire.change import ChangeShape
from probed.wire.page import PageOf


async def list_changes(call: Call) -> Response:
    page = await call.desk.context.queries.changes(*call.page)
    return answer(PageOf[ChangeShape], PageOf([change_shape(change) for change in page.items], page.next))


async def show_change(call: Call) -> Response:
    return answer(ChangeShape, change_shape(await call.desk.context.queries.change(call.id)))


async def confirm_change(call: Call) -> Response:
    change = await call.desk.context.operator.confirm_change(call.id, await call.actor())
    return answer(ChangeShape, change_shape(change))


async def roll_back_change(call: Call) -> Response:
    change = await call.desk.context.operator.roll_back_change(call.id, await call.actor())
    return answer(ChangeShape, change_shape(change))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.CHANGES,
        Role.VIEWER,
        list_changes,
        "What actions changed, the newest first.",
        answer=PageOf[ChangeShape],
        query=PAGE_BY_ID,
    ),
    Endpoint("GET", f"{paths.CHANGES}/{{id}}", Role.VIEWER, show_change, "One change.", answer=ChangeShape),
    Endpoint(
        "POST",
        f"{paths.CHANGES}/{{id}}/confirm",
        Role.ADMIN,
        confirm_change,
        "It stays: the timer that would have rolled it back ends.",
        answer=ChangeShape,
        refusals=(409,),
    ),
    Endpoint(
        "POST",
        f"{paths.CHANGES}/{{id}}/rollback",
        Role.ADMIN,
        roll_back_change,
        "Put back what it changed, now.",
        answer=ChangeShape,
        refusals=(409,),
    ),
)

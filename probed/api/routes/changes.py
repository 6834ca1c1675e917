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


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.CHANGES,
        Role.OPERATOR,
        list_changes,
        "What actions changed, the newest first.",
        answer=PageOf[ChangeShape],
        query=PAGE_BY_ID,
    ),
)

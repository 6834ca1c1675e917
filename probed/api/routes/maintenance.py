from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.maintenance import window_draft, window_shape
from probed.api.peer import Role
from probed.api.query import PAGE_BY_ID
from probed.api.text import check_texts
from probed.core.maintenance import Window
from probed.wire import paths
from probed.wire.maintenance import WindowRequest, WindowShape
from probed.wire.page import PageOf


async def list_windows(call: Call) -> Response:
    """Those that the configuration opens now come first."""
    context, (limit, before), now = call.desk.context, call.page, datetime.now(UTC)
    page = await context.queries.windows(limit, before)
    recurring = () if before else context.operator.recurring_maintenance()
    shapes = [window_shape(window, now) for window in (*recurring, *page.items)]
    return answer(PageOf[WindowShape], PageOf(shapes, page.next))


async def start_window(call: Call) -> Response:
    request: WindowRequest = await call.body(WindowRequest)
    check_texts(request)
    window = await call.desk.context.operator.start_maintenance(window_draft(request), await call.actor())
    return _one(window, 201)


async def end_window(call: Call) -> Response:
    return _one(await call.desk.context.operator.end_maintenance(call.id, await call.actor()))


def _one(window: Window, status: int = 200) -> Response:
    return answer(WindowShape, window_shape(window, datetime.now(UTC)), status)


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.MAINTENANCE,
        Role.VIEWER,
        list_windows,
        "Maintenance windows, the newest first.",
        answer=PageOf[WindowShape],
        query=PAGE_BY_ID,
    ),
    Endpoint(
        "POST",
        paths.MAINTENANCE,
        Role.OPERATOR,
        start_window,
        "Begin maintenance: what matches is not told, and nothing is fixed by itself unless that is permitted.",
        answer=WindowShape,
        status=201,
        body=WindowRequest,
        refusals=(429,),
        body_required=True,
    ),
    Endpoint(
        "POST",
        f"{paths.MAINTENANCE}/{{id}}/end",
        Role.OPERATOR,
        end_window,
        "End maintenance now.",
        answer=WindowShape,
        refusals=(409,),
    ),
)

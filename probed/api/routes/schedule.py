from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.inspection import planned_shape
from probed.api.peer import Role
from probed.wire import paths
from probed.wire.inspection import PlannedShape
from probed.wire.page import PageOf


async def list_planned(call: Call) -> Response:
    planned = [planned_shape(plan) for plan in call.desk.context.schedule.planned()]
    return answer(PageOf[PlannedShape], PageOf(planned))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.SCHEDULE,
        Role.VIEWER,
        list_planned,
        "When each inspection runs next.",
        answer=PageOf[PlannedShape],
    ),
)

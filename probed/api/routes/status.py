from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.status import status_shape
from probed.api.peer import Role
from probed.wire import paths
from probed.wire.status import StatusShape


async def show_status(call: Call) -> Response:
    overview = await call.desk.context.overview()
    alerts = await call.desk.alert_shapes(overview.alerts)
    cases = await call.desk.cases_of(overview.decisions)
    role: Role = call.request.state.role
    return answer(StatusShape, status_shape(overview, alerts, cases, call.desk.context.inspections(), role.word))


ENDPOINTS = (Endpoint("GET", paths.STATUS, Role.VIEWER, show_status, "The host at a glance.", answer=StatusShape),)

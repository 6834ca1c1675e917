from __future__ import annotations

from starlette.responses import Response

from probed.api.endpoint import Call, Endpoint
from probed.api.metrics import render
from probed.api.peer import Role
from probed.wire import paths

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


async def show_metrics(call: Call) -> Response:
    context = call.desk.context
    backups, drill = await context.backups.known(), await context.backups.last_drill()
    text = render(await context.overview(), call.desk, backups, drill)
    return Response(text, headers={"content-type": MEDIA_TYPE})


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.METRICS,
        Role.VIEWER,
        show_metrics,
        "Metrics in Prometheus' text format.",
        media_type="text/plain",
    ),
)

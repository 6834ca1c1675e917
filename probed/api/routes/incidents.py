from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.incident import incident_in_full, incident_shape
from probed.api.peer import Role
from probed.api.query import PAGE_BY_ID, choice
from probed.core.incident import IncidentState
from probed.core.postmortem import postmortem
from probed.wire import paths
from probed.wire.incident import IncidentInFull, IncidentShape, PostmortemShape
from probed.wire.page import PageOf


async def list_incidents(call: Call) -> Response:
    page = await call.desk.context.queries.incidents(*call.page, state=call.query.get("state"))
    return answer(PageOf[IncidentShape], PageOf([incident_shape(incident) for incident in page.items], page.next))


async def show_incident(call: Call) -> Response:
    file = await call.desk.context.queries.incident(call.id, datetime.now(UTC))
    return answer(IncidentInFull, incident_in_full(file, await call.desk.alert_shapes(file.alerts)))


async def export_incident(call: Call) -> Response:
    now = datetime.now(UTC)
    file = await call.desk.context.queries.incident(call.id, now)
    host = next((alert.labels["host"] for alert in file.alerts if "host" in alert.labels), "")
    text = postmortem(host, file.incident, file.alerts, file.timeline, now)
    return answer(PostmortemShape, PostmortemShape(text))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.INCIDENTS,
        Role.VIEWER,
        list_incidents,
        "Incidents, the newest first.",
        answer=PageOf[IncidentShape],
        query=(*PAGE_BY_ID, choice("state", IncidentState, "Only those in this state.")),
    ),
    Endpoint(
        "GET",
        f"{paths.INCIDENTS}/{{id}}",
        Role.VIEWER,
        show_incident,
        "One incident with its alerts and its timeline.",
        answer=IncidentInFull,
    ),
    Endpoint(
        "GET",
        f"{paths.INCIDENTS}/{{id}}/export",
        Role.VIEWER,
        export_incident,
        "One incident as a post-mortem in Markdown.",
        answer=PostmortemShape,
    ),
)

from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.peer import Role
from probed.api.query import PAGE_BY_ID, choice
from probed.core.alert import Alert, AlertState
from probed.wire import paths
from probed.wire.alert import Acknowledgement, AlertShape
from probed.wire.page import PageOf


async def list_alerts(call: Call) -> Response:
    page = await call.desk.context.queries.alerts(*call.page, state=call.query.get("state"))
    return answer(PageOf[AlertShape], PageOf(await call.desk.alert_shapes(page.items), page.next))


async def show_alert(call: Call) -> Response:
    return await _one(call, await call.desk.context.queries.alert(call.id))


async def acknowledge_alert(call: Call) -> Response:
    body: Acknowledgement = await call.optional_body(Acknowledgement)
    alert = await call.desk.context.operator.acknowledge(call.id, await call.actor(), body.for_s)
    return await _one(call, alert)


async def resolve_alert(call: Call) -> Response:
    alert = await call.desk.context.operator.resolve(call.id, await call.actor())
    return await _one(call, alert)


async def _one(call: Call, alert: Alert) -> Response:
    [shape] = await call.desk.alert_shapes([alert])
    return answer(AlertShape, shape)


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.ALERTS,
        Role.VIEWER,
        list_alerts,
        "Alerts, the newest first.",
        answer=PageOf[AlertShape],
        query=(*PAGE_BY_ID, choice("state", AlertState, "Only those in this state.")),
    ),
    Endpoint("GET", f"{paths.ALERTS}/{{id}}", Role.VIEWER, show_alert, "One alert.", answer=AlertShape),
    Endpoint(
        "POST",
        f"{paths.ALERTS}/{{id}}/ack",
        Role.OPERATOR,
        acknowledge_alert,
        "Acknowledge a firing alert: it is not told again unless it gets worse, or that lapses.",
        answer=AlertShape,
        body=Acknowledgement,
        refusals=(409,),
    ),
    Endpoint(
        "POST",
        f"{paths.ALERTS}/{{id}}/resolve",
        Role.OPERATOR,
        resolve_alert,
        "Close an alert by hand.",
        answer=AlertShape,
        refusals=(409,),
    ),
)

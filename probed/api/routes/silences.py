from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.route import taken_shapes, tree_shapes
from probed.api.mapping.silence import lasting, silence_draft, silence_shape
from probed.api.peer import Role
from probed.api.query import PAGE_BY_ID, repeated
from probed.api.text import check_texts
from probed.core.external_alert import LABEL_NAME
from probed.core.inhibition import Inhibition
from probed.core.silence import Silence, Silencing
from probed.engine.muting import open_alerts
from probed.wire import paths
from probed.wire.page import PageOf
from probed.wire.silence import AlertSilence, RoutesShape, SilenceRequest, SilenceShape


async def list_silences(call: Call) -> Response:
    page = await call.desk.context.queries.silences(*call.page)
    now = call.desk.context.now()
    return answer(PageOf[SilenceShape], PageOf([silence_shape(each, now) for each in page.items], page.next))


async def show_silence(call: Call) -> Response:
    return _one(call, await call.desk.context.queries.silence(call.id))


async def add_silence(call: Call) -> Response:
    request: SilenceRequest = await call.body(SilenceRequest)
    check_texts(request)
    draft = silence_draft(request, call.desk.context.now())
    return _one(call, await call.desk.context.operator.silence(draft, await call.actor()), 201)


async def expire_silence(call: Call) -> Response:
    return _one(call, await call.desk.context.operator.expire_silence(call.id, await call.actor()))


async def silence_alert(call: Call) -> Response:
    request: AlertSilence = await call.optional_body(AlertSilence)
    check_texts(request)
    for_s = None if request.for_s is None else lasting(request.for_s)
    operator = call.desk.context.operator
    return _one(call, await operator.silence_alert(call.id, await call.actor(), for_s, request.comment), 201)


async def show_routes(call: Call) -> Response:
    """Without labels the whole tree."""
    context, given = call.desk.context, call.query.get("label")
    routing, now = context.routing(), context.now()
    if given is None:
        return answer(RoutesShape, RoutesShape(tree_shapes(routing, now)))
    labels = dict(given)
    silencing = Silencing(await context.queries.unexpired_silences(now), now)
    firing = await open_alerts(context.queries) if routing.inhibit_rules else ()
    shape = RoutesShape(
        taken_shapes(routing, labels, now),
        silencing.ids_of(labels),
        Inhibition.of(routing.inhibit_rules, firing).inhibitor_of(labels) or "",
    )
    return answer(RoutesShape, shape)


def label(text: str) -> tuple[str, str]:
    """Raises ValueError."""
    name, equals, value = text.partition("=")
    if not equals or not LABEL_NAME.fullmatch(name):
        raise ValueError(f"{text[:80]!r} is no label; write it like team=db")
    return name, value.strip('"')


def _one(call: Call, silence: Silence, status: int = 200) -> Response:
    return answer(SilenceShape, silence_shape(silence, call.desk.context.now()), status)


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.SILENCES,
        Role.VIEWER,
        list_silences,
        "Silences, the newest first.",
        answer=PageOf[SilenceShape],
        query=PAGE_BY_ID,
    ),
    Endpoint("GET", f"{paths.SILENCES}/{{id}}", Role.VIEWER, show_silence, "One silence.", answer=SilenceShape),
    Endpoint(
        "POST",
        paths.SILENCES,
        Role.OPERATOR,
        add_silence,
        "Silence what matches.",
        answer=SilenceShape,
        status=201,
        body=SilenceRequest,
        body_required=True,
        refusals=(429,),
    ),
    Endpoint(
        "POST",
        f"{paths.SILENCES}/{{id}}/expire",
        Role.OPERATOR,
        expire_silence,
        "End a silence now.",
        answer=SilenceShape,
        refusals=(409,),
    ),
    Endpoint(
        "POST",
        f"{paths.ALERTS}/{{id}}/silence",
        Role.OPERATOR,
        silence_alert,
        "Silence exactly this alert, for a while or until it resolves.",
        answer=SilenceShape,
        status=201,
        body=AlertSilence,
        refusals=(409, 429),
    ),
    Endpoint(
        "GET",
        paths.ROUTES,
        Role.VIEWER,
        show_routes,
        "The routes of alerts; with labels, where such an alert would go, and what would mute it now.",
        answer=RoutesShape,
        query=(repeated("label", label, "A label of the alert, as in team=db."),),
    ),
)

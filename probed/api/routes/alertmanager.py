"""Alertmanager's API, version 2, as Prometheus and amtool use it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from probed.api.answers import adapter_of, answer
from probed.api.body import invalid, read_body
from probed.api.endpoint import JSON, Call, Endpoint
from probed.api.mapping import moment
from probed.api.mapping.alertmanager import alert_draft, gettable_alert, gettable_silence, silence_draft
from probed.api.peer import Role
from probed.api.problems import Invalid, WrongMediaType
from probed.api.query import Parameter, flag, repeated
from probed.core.external_alert import AlertDraft
from probed.core.matcher import Matcher, matches_all, parse_matchers
from probed.core.regex import compile_regex
from probed.core.route import Route
from probed.core.routing import Routing
from probed.core.silence import Silence, SilenceState
from probed.engine.muting import Standing, standings
from probed.errors import Conflict, NotFound, ParameterError
from probed.wire import alertmanager as wire

MOST_BODY_BYTES = 16 * 2**20
"""A burst of ten thousand alerts comes in one request."""
PIECE = 500
"""Alerts that are read before the event loop has its turn."""
MOST_NAMED = 10
MOST_SILENCES = 10_000

Work = Callable[[Call], Any]


async def post_alerts(call: Call) -> Response:
    """The valid ones are stored, whatever the others are like."""
    shapes: Sequence[wire.PostableAlert] = await _body(call, list[wire.PostableAlert])
    drafts: list[AlertDraft] = []
    problems: list[str] = []
    for begin in range(0, len(shapes), PIECE):
        for number, shape in enumerate(shapes[begin : begin + PIECE], begin):
            try:
                drafts.append(alert_draft(shape, f"alerts[{number}]"))
            except Invalid as error:
                problems.append(f"{error.field} {error.reason}")
        await asyncio.sleep(0)
    problems += await call.desk.context.operator.take_alerts(drafts, await call.actor())
    return _refusal(400, "; ".join(problems[:MOST_NAMED])) if problems else Response(status_code=200)


async def get_alerts(call: Call) -> Response:
    found = [gettable_alert(standing) for standing in await _asked_for(call)]
    found.sort(key=lambda alert: alert.fingerprint)
    return answer(list[wire.GettableAlert], found)


async def get_groups(call: Call) -> Response:
    groups: dict[tuple[str, str], wire.AlertGroup] = {}
    for standing in await _asked_for(call):
        for route in standing.routes:
            labels = route.group_labels(standing.alert.labels)
            key = (route.group_key(labels), route.receiver)
            group = groups.setdefault(key, wire.AlertGroup(labels, wire.Receiver(route.receiver), []))
            group.alerts.append(gettable_alert(standing))
    return answer(list[wire.AlertGroup], sorted(groups.values(), key=_order))


def _order(group: wire.AlertGroup) -> tuple[int, Sequence[tuple[str, str]], str]:
    return len(group.labels), sorted(group.labels.items()), group.receiver.name


async def get_silences(call: Call) -> Response:
    now = call.desk.context.now()
    page = await call.desk.context.queries.silences(MOST_SILENCES)
    wanted = frozenset(_matchers(call))
    found = [silence for silence in page.items if wanted <= frozenset(silence.matchers)]
    found.sort(key=lambda silence: _place(silence, now))
    return answer(list[wire.GettableSilence], [gettable_silence(silence, now) for silence in found])


def _place(silence: Silence, now: datetime) -> tuple[int, float]:
    """Alertmanager's order: what is active by its end, what is pending by its start, then what expired last."""
    match silence.state(now):
        case SilenceState.ACTIVE:
            return 0, silence.ends_at.timestamp()
        case SilenceState.PENDING:
            return 1, silence.starts_at.timestamp()
        case SilenceState.EXPIRED:
            return 2, -silence.ends_at.timestamp()


async def get_silence(call: Call) -> Response:
    silence = await call.desk.context.queries.silence(call.id)
    return answer(wire.GettableSilence, gettable_silence(silence, call.desk.context.now()))


async def post_silence(call: Call) -> Response:
    draft = silence_draft(await _body(call, wire.PostableSilence))
    silence = await call.desk.context.operator.silence(draft, await call.actor())
    return answer(wire.SilenceCreated, wire.SilenceCreated(silence.id))


async def delete_silence(call: Call) -> Response:
    """One that has expired already is as wanted."""
    with contextlib.suppress(Conflict):
        await call.desk.context.operator.expire_silence(call.id, await call.actor())
    return Response(status_code=200)


async def get_receivers(call: Call) -> Response:
    names = sorted(call.desk.context.routing().receivers)
    return answer(list[wire.Receiver], [wire.Receiver(name) for name in names])


async def get_status(call: Call) -> Response:
    facts = (await call.desk.context.overview()).daemon
    status = wire.ServerStatus(
        cluster=wire.ClusterStatus("disabled", []),
        versionInfo=wire.VersionInfo(facts.version, "", "", "", "", ""),
        config=wire.ConfigText(_as_configuration(call.desk.context.routing())),
        uptime=moment.text(facts.started_at),
    )
    return answer(wire.ServerStatus, status)


def _as_configuration(routing: Routing) -> str:
    """What amtool reads the routes from. JSON is YAML; where the receivers are is nobody's business here."""
    receivers = [{"name": name} for name in routing.receivers]
    return json.dumps({"route": _as_settings(routing.root), "receivers": receivers}, indent=2)


def _as_settings(route: Route) -> dict[str, object]:
    settings: dict[str, object] = {
        "receiver": route.receiver,
        "group_by": list(route.group_by),
        "group_wait": f"{route.timing.wait_s * 1000:.0f}ms",
        "group_interval": f"{route.timing.interval_s * 1000:.0f}ms",
        "repeat_interval": f"{route.timing.repeat_s * 1000:.0f}ms",
    }
    if route.matchers:
        settings["matchers"] = [str(matcher) for matcher in route.matchers]
    if route.continues:
        settings["continue"] = True
    if route.routes:
        settings["routes"] = [_as_settings(below) for below in route.routes]
    return settings


async def _asked_for(call: Call) -> list[Standing]:
    context = call.desk.context
    wanted, receiver = _matchers(call), call.query.get("receiver")
    return [
        standing
        for standing in await standings(context.queries, context.routing(), context.now())
        if matches_all(wanted, standing.alert.labels)
        and (call.query.get("silenced", True) or not standing.silenced_by)
        and (call.query.get("inhibited", True) or not standing.inhibited_by)
        and (call.query.get("active", True) or standing.is_suppressed)
        and (receiver is None or any(receiver.covers(route.receiver) for route in standing.routes))
    ]


def _matchers(call: Call) -> tuple[Matcher, ...]:
    return tuple(matcher for found in call.query.get("filter", ()) for matcher in found)


async def _body(call: Call, shape: Any) -> Any:
    """Alertmanager ignores fields that it does not know."""
    media_type = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON:
        raise WrongMediaType("", f"the body must be of the type {JSON}, not {media_type or 'of none'}")
    content = await read_body(call.request, max(MOST_BODY_BYTES, call.desk.most_body_bytes), call.held)
    adapter: TypeAdapter[Any] = adapter_of(shape)
    try:
        return adapter.validate_json(content, strict=True)
    except ValidationError as error:
        raise invalid(error) from None


def _refusal(status: int, reason: str) -> Response:
    """Alertmanager says what is wrong as a JSON text."""
    return Response(json.dumps(reason), status, media_type=JSON)


def _in_its_words(work: Work) -> Work:
    async def answered(call: Call) -> Any:
        try:
            return await work(call)
        except (Invalid, ParameterError) as error:
            status = 415 if isinstance(error, WrongMediaType) else 400
            return _refusal(status, f"{error.field} {error.reason}".strip())
        except NotFound as error:
            return _refusal(404, str(error))

    return answered


def _endpoint(method: str, path: str, work: Work, summary: str, query: tuple[Parameter, ...] = ()) -> Endpoint:
    role = Role.VIEWER if method == "GET" else Role.OPERATOR
    return Endpoint(method, path, role, _in_its_words(work), summary, query=query)


FILTER = repeated("filter", parse_matchers, 'A matcher, as in severity="critical".')
ALERT_FILTERS = (
    FILTER,
    flag("active", "Whether to show those that are told."),
    flag("silenced", "Whether to show those that are silenced."),
    flag("inhibited", "Whether to show those that are inhibited."),
    flag("unprocessed", "Whether to show those that were not looked at yet; there are none."),
    flag("muted", "Whether to show those that are muted by the time."),
    Parameter("receiver", compile_regex, {"type": "string"}, "A pattern of the receiver's name."),
)

ENDPOINTS = (
    _endpoint("POST", wire.ALERTS, post_alerts, "Hand in alerts."),
    _endpoint("GET", wire.ALERTS, get_alerts, "The open alerts.", ALERT_FILTERS),
    _endpoint("GET", wire.GROUPS, get_groups, "The open alerts in their groups.", ALERT_FILTERS),
    _endpoint("POST", wire.SILENCES, post_silence, "Make a silence, or change one."),
    _endpoint("GET", wire.SILENCES, get_silences, "The silences.", (FILTER,)),
    _endpoint("GET", f"{wire.SILENCE}/{{id}}", get_silence, "One silence."),
    _endpoint("DELETE", f"{wire.SILENCE}/{{id}}", delete_silence, "Let a silence expire."),
    _endpoint("GET", wire.RECEIVERS, get_receivers, "Who is told."),
    _endpoint("GET", wire.STATUS, get_status, "How the daemon is."),
)

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp

from probed.api.endpoint import Call, Endpoint
from probed.api.peer import Role
from probed.api.problems import BadQuery
from probed.api.query import MAX_INTEGER, integer
from probed.api.stream import HEADERS, EventStream
from probed.wire import paths

AFTER = integer("after", 0, MAX_INTEGER, "Begin after this event; without it, with the next one that happens.")
LAST = integer("last", 0, MAX_INTEGER, "Where no event is given to begin after: begin with so many that are kept.")
LAST_EVENT_ID = "Last-Event-ID"


async def follow_events(call: Call) -> ASGIApp:
    after = _last_seen(call)
    if call.request.method == "HEAD":
        return Response(headers={name.decode(): value.decode() for name, value in HEADERS})
    state = call.request.state
    follower = await call.desk.streams.join(
        after, state.abort, peer=state.peer, role=state.role, last=call.query.get("last", 0)
    )
    return EventStream(call.desk.streams, follower)


def _last_seen(call: Call) -> int | None:
    """The header wins: a client that comes back sends it beside the address that it began with."""
    header = call.request.headers.get(LAST_EVENT_ID)
    if not header:
        return call.query.get("after")
    try:
        return int(AFTER.parse(header))
    except ValueError as error:
        raise BadQuery(LAST_EVENT_ID, str(error)) from None


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.EVENTS,
        Role.VIEWER,
        follow_events,
        "What happens, as server-sent events; resumes after the header Last-Event-ID.",
        media_type="text/event-stream",
        query=(AFTER, LAST),
    ),
)

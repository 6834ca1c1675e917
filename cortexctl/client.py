"""Requests to the daemon in JSON, and its event stream.

A client holds no connection: each request opens its own, so that threads may share one client.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from cortexctl.connection import MAX_PIECE_BYTES, Connection
from cortexctl.failure import Failure, OtherVersion, Rejected, Unreachable
from cortexctl.record import Record
from cortexctl.stream import EventStream
from probed.wire import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from probed.wire.event import EventShape

TIMEOUT_S = 10.0
ACT_TIMEOUT_S = 35.0
"""For what changes something: the daemon itself gives up after 30 s and says so, and its word is worth the wait."""
IDLE_S = 45.0
"""After so much silence an event stream counts as dead; the daemon sends a comment more often than this."""

NOT_FOUND = 404
LISTED = frozenset(
    {
        "alerts",
        "cases",
        "changes",
        "decisions",
        "incidents",
        "maintenance",
        "memories",
        "messages",
        "questions",
        "reports",
        "runs",
        "silences",
    }
)
"""The nouns with ids of the daemon's making, which `cortexctl NOUN list` shows."""


class Client:
    """Raises `Failure`s only: Unreachable, NoPermission, Rejected (the daemon says no), Garbled."""

    def __init__(self, path: str, timeout_s: float = TIMEOUT_S, act_timeout_s: float = ACT_TIMEOUT_S) -> None:
        self.path = path
        self.timeout_s = timeout_s
        self.act_timeout_s = act_timeout_s

    def get(self, target: str, **query: str | int | None) -> Any:
        """The decoded JSON of the answer, objects as `Record`. Query values that are None are left out."""
        wanted = {name: value for name, value in query.items() if value is not None}
        return self._exchange("GET", with_query(target, wanted), b"", self.timeout_s)

    def text(self, target: str) -> str:
        """The answer as it is."""
        return self._ask("GET", target, b"", self.timeout_s)[0].decode(errors="replace")

    def post(self, target: str, body: object = None, *, timeout_s: float | None = None) -> Any:
        """`body` is encoded, unless it is bytes: then it is JSON already."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self._exchange("POST", target, content, timeout_s or self.act_timeout_s)

    def events(self, after: int | None = None, *, last: int = 0, idle_s: float = IDLE_S) -> EventStream:
        """What happened after the event `after` (None: the `last` events that there are), then what happens, over one
        connection."""
        resume = {} if after is None else {"Last-Event-ID": str(after)}
        target = with_query(paths.EVENTS, {"last": last} if last else {})
        connection = Connection(self.path, self.timeout_s)
        return EventStream(connection, _opened(connection, "GET", target, resume), after, idle_s)

    def post_stream(self, target: str, body: object, *, idle_s: float = IDLE_S) -> EventStream:
        """The events that come of it, until the daemon ends the stream."""
        connection = Connection(self.path, self.act_timeout_s)
        headers = _opened(connection, "POST", target, {}, json.dumps(body).encode())
        return EventStream(connection, headers, None, idle_s)

    def follow(
        self, after: int | None = None, *, pause_s: float = 1.0, on_loss: Callable[[Failure], None] | None = None
    ) -> Generator[EventShape, None, None]:
        """The event stream without end: when it is lost it goes on where it stopped, once the daemon is back.

        Raises when the first connection fails; later losses are told to `on_loss`, once each.
        """
        stream = self.events(after)
        while True:
            try:
                yield from stream
            except Unreachable as loss:
                if on_loss:
                    on_loss(loss)
            finally:
                stream.close()
            stream = self._reconnected(stream.last_id, pause_s)

    def _reconnected(self, after: int | None, pause_s: float) -> EventStream:
        while True:
            time.sleep(pause_s)
            try:
                return self.events(after)
            except Unreachable:
                continue

    def _exchange(self, method: str, target: str, content: bytes, timeout_s: float) -> Any:
        return decoded(*self._ask(method, target, content, timeout_s))

    def _ask(self, method: str, target: str, content: bytes, timeout_s: float) -> tuple[bytes, Connection]:
        """The answer, and the closed connection that it came over."""
        connection = Connection(self.path, timeout_s)
        try:
            connection.send(method, target, {"Accept": "application/json"}, content)
            status, headers = connection.read_head()
            answer = read_all(connection, headers)
            if status >= 400:
                raise rejection(status, answer, connection, target)
            return answer, connection
        finally:
            connection.close()


def _opened(
    connection: Connection, method: str, target: str, headers: dict[str, str], body: bytes = b""
) -> dict[str, str]:
    """The head of the event stream that comes over the connection, which is closed where none does."""
    try:
        connection.send(method, target, {"Accept": "text/event-stream", **headers}, body)
        status, head = connection.read_head()
        if status >= 400:
            raise rejection(status, read_all(connection, head), connection, target)
        if not head.get("content-type", "").startswith("text/event-stream"):
            raise connection.garbled("no event stream")
    except Failure:
        connection.close()
        raise
    return head


def with_query(target: str, query: dict[str, str | int]) -> str:
    if not query:
        return target
    from urllib.parse import urlencode

    return f"{target}?{urlencode(query)}"


def read_all(connection: Connection, headers: dict[str, str]) -> bytes:
    answer = bytearray()
    for piece in connection.pieces(headers):
        answer += piece
        if len(answer) > MAX_PIECE_BYTES:
            raise connection.garbled("it does not end")
    return bytes(answer)


def decoded(answer: bytes, connection: Connection) -> Any:
    try:
        return json.loads(answer, object_hook=Record)
    except ValueError:
        raise connection.garbled("no JSON") from None


def rejection(status: int, answer: bytes, connection: Connection, target: str = "") -> Failure:
    """The daemon's `Problem` in its own words; a bare status where the answer holds none."""
    try:
        error = json.loads(answer)["error"]
        rejected = Rejected(status, str(error["code"]), str(error["message"]), str(error.get("field") or ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return connection.garbled(f"HTTP {status} without a reason")
    if is_unknown_place(rejected, target):
        return OtherVersion(f"the daemon does not know {target.partition('?')[0]}: it is older than cortexctl")
    if status == NOT_FOUND or "is the beginning of more than one" in rejected.message:
        rejected.next_step = list_command(target, rejected.message)
    elif rejected.code == "forbidden":  # a role is missing
        rejected.next_step = "the same with sudo, or as a member of the group that api.admin_group names (cortex-admin)"
    return rejected


def is_unknown_place(rejected: Rejected, target: str) -> bool:
    """Not what it names, but the place itself or what is asked of it is unknown."""
    return rejected.code == "method_not_allowed" or rejected.message == f"there is no {target.partition('?')[0]}"


def list_command(target: str, message: str) -> str:
    """What shows the ids that there are, where `message` says that the one in `target` is none of them, or several."""
    from urllib.parse import unquote

    noun, _, rest = target.removeprefix(f"{paths.API}/").partition("/")
    id_ = unquote(rest.partition("/")[0])
    return f"cortexctl {noun} list" if noun in LISTED and id_ and id_ in message else ""

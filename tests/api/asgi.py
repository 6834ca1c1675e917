"""Asks the application without a socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

from probed.api.app import build_app
from probed.api.desk import Desk
from probed.api.peer import Access, Peer, Role
from tests.api.fakes import World

GROUP, ADMIN_GROUP, OWN_UID = 5000, 5001, 900
ROOT = Peer(0, 0, 1)
OWN_USER = Peer(OWN_UID, OWN_UID, 1)
ADMIN = Peer(2_000_000_001, 6001, 11, frozenset({6001, ADMIN_GROUP}))
OPERATOR = Peer(2_000_000_002, 6002, 12, frozenset({6002, GROUP}))
STRANGER = Peer(2_000_000_003, 6003, 13, frozenset({6003}))
JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    failure: Exception | None = None
    """What the server would log with its traceback."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]


def app_of(world: World, most_body_bytes: int = 1_048_576, members: Role = Role.OPERATOR, **changes: Any) -> ASGIApp:
    desk = Desk(world.context(**changes), most_body_bytes)
    desk.open()
    return build_app(desk, Access(GROUP, ADMIN_GROUP, members, OWN_UID))


async def ask(
    app: ASGIApp,
    method: str,
    target: str,
    body: object = None,
    *,
    headers: Mapping[str, str] | None = None,
    peer: Peer | None = ROOT,
) -> Answer:
    """`body`: bytes as they are, anything else as JSON."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    sent: list[Message] = []
    given = [{"type": "http.request", "body": content, "more_body": False}]

    async def receive() -> Message:
        return given.pop(0) if given else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    failure = None
    try:
        await app(scope_of(method, target, headers if headers is not None else JSON, peer), receive, send)
    except Exception as error:  # noqa: BLE001 (as the server does)
        failure = error
    headers_sent = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(sent[0]["status"], headers_sent, content, failure)


def scope_of(method: str, target: str, headers: Mapping[str, str], peer: Peer | None) -> dict[str, Any]:
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "server": None,
        "client": None,
        "state": {"peer": peer, "abort": lambda: None} if peer else {},
    }

"""One thing that can be asked: its address, the role it needs, what goes in and what comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from probed.api.body import decode, read_body
from probed.api.desk import Desk
from probed.api.meter import ROUTE
from probed.api.peer import Role
from probed.api.problems import Forbidden
from probed.api.query import Parameter, parse_query
from probed.api.quota import Holding
from probed.api.text import WORD
from probed.errors import DeadlineExceeded, NotFound, Refused
from probed.ports import Actor
from probed.wire.page import DEFAULT_LIMIT

DEADLINE_S = 30.0
JSON = "application/json"
MOST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as a handler sees it."""

    desk: Desk
    request: Request
    query: Mapping[str, Any]
    held: Holding
    """The bytes of its body, until it is answered."""

    @property
    def id(self) -> str:
        """Raises NotFound for what can be no id."""
        text: str = self.request.path_params["id"]
        if fault := WORD.fault(text):
            raise NotFound(f"there is no such id: it {fault}")
        return text

    @property
    def page(self) -> tuple[int, str | None]:
        """Limit and key of the page that is asked for."""
        return self.query.get("limit", DEFAULT_LIMIT), self.query.get("before")

    async def actor(self) -> Actor:
        return await self.desk.names.actor(self.request.state.peer)

    async def body(self, shape: Any) -> Any:
        return decode(self.request, await read_body(self.request, self.desk.most_body_bytes, self.held), shape)

    async def optional_body(self, shape: Any) -> Any:
        """The shape's defaults where there is no body."""
        content = await read_body(self.request, self.desk.most_body_bytes, self.held)
        return decode(self.request, content, shape) if content else shape()


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    path: str
    role: Role
    handler: Callable[[Call], Awaitable[ASGIApp]]
    summary: str
    answer: Any = None
    """The wire shape of the answer; None where it is not JSON."""
    status: int = 200
    query: tuple[Parameter, ...] = ()
    body: Any = None
    body_required: bool = False
    media_type: str = JSON
    refusals: tuple[int, ...] = ()
    """Which statuses of 400 and more it has of its own, beside those that every endpoint has."""
    deadline_s: float = DEADLINE_S
    """Until the answer begins."""
    has_long_id: bool = False
    """Its id may hold slashes, as the name of a receiver's webhook does."""


class Place:
    """All endpoints of one path, as an ASGI application."""

    def __init__(self, path: str, endpoints: Sequence[Endpoint], desk: Desk) -> None:
        self._path, self._desk = path, desk
        self._endpoints = {endpoint.method: endpoint for endpoint in endpoints}
        methods = [*self._endpoints, "HEAD"] if "GET" in self._endpoints else list(self._endpoints)
        self._allowed = {"allow": ", ".join(methods)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[ROUTE] = self._path
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        endpoint = self._endpoints.get(method)
        if endpoint is None:
            raise HTTPException(405, headers=self._allowed)
        request = Request(scope, receive, send)
        try:
            _authorize(scope["state"]["role"], endpoint.role)
            response = await self._answer(endpoint, request)
        except (Forbidden, Refused) as error:
            if method != "GET":
                by = await self._desk.names.actor(request.state.peer)
                await self._desk.refusals.record(by, scope["path"][:MOST_SUBJECT], str(error))
            raise
        await response(scope, receive, send)

    async def _answer(self, endpoint: Endpoint, request: Request) -> ASGIApp:
        query = parse_query(request.query_params, endpoint.query)
        held = self._desk.bodies.hold(request.state.peer, request.state.role)
        try:
            async with asyncio.timeout(endpoint.deadline_s):
                return await endpoint.handler(Call(self._desk, request, query, held))
        except TimeoutError:
            raise DeadlineExceeded(f"no answer within {endpoint.deadline_s:g} s") from None
        finally:
            held.release()


def _authorize(role: Role, needed: Role) -> None:
    if role < needed:
        raise Forbidden(f"this needs the role {needed.name.lower()}, yours is {role.name.lower()}")


def routes_of(endpoints: Sequence[Endpoint], desk: Desk) -> list[Route]:
    """One route a path, in the order of the table."""
    by_path: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        by_path.setdefault(endpoint.path, []).append(endpoint)
    return [Route(_pattern(path, of_path), Place(path, of_path, desk)) for path, of_path in by_path.items()]


def _pattern(path: str, endpoints: Sequence[Endpoint]) -> str:
    return path.replace("{id}", "{id:path}") if any(endpoint.has_long_id for endpoint in endpoints) else path

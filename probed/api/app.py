"""The ASGI application: what every request passes on its way to an endpoint."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from probed.api.desk import Desk
from probed.api.endpoint import Endpoint, routes_of
from probed.api.peer import Access, Role
from probed.api.problems import (
    Forbidden,
    from_error,
    on_cortex_error,
    on_routing_error,
    on_unexpected,
)
from probed.api.routes import alertmanager, metrics
from probed.api.routes.table import ENDPOINTS
from probed.api.token import TokenGate
from probed.errors import CortexError


def build_app(desk: Desk, access: Access) -> ASGIApp:
    """Expects `peer` and `abort` in the scope's state, as `PeerProtocol` puts them there."""
    return desk.meter.around(Gate(_routed((*ENDPOINTS, *alertmanager.ENDPOINTS), desk), access))


def _routed(endpoints: Sequence[Endpoint], desk: Desk) -> Starlette:
    inner = Starlette(
        routes=routes_of(endpoints, desk),
        exception_handlers={
            CortexError: on_cortex_error,
            HTTPException: on_routing_error,
            Exception: on_unexpected,
        },
    )
    inner.router.redirect_slashes = False
    return inner


def build_token_app(desk: Desk, token: str) -> ASGIApp:
    """What Prometheus needs, and no more: Alertmanager's API, and the metrics."""
    return desk.meter.around(TokenGate(_routed((*alertmanager.ENDPOINTS, *metrics.ENDPOINTS), desk), token))


class Gate:
    """Lets nobody in who has no role here, whatever the address; the others' role goes into the scope's state."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        role = self._access.role_of(scope["state"].get("peer"))
        if role is Role.NOBODY:
            await from_error(Forbidden())(scope, receive, send)
            return
        scope["state"]["role"] = role
        await self._app(scope, receive, send)

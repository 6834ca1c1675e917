"""The part of the API that programs reach over TCP: Alertmanager's and the metrics, behind a token."""

from __future__ import annotations

import hmac

from starlette.types import ASGIApp, Receive, Scope, Send

from probed.api.peer import Peer, Role
from probed.api.problems import problem
from probed.wire.problem import ProblemCode

STRANGER = Peer(uid=-1, gid=-1, pid=0, name="token")
"""The kernel does not know who is at the other end of a TCP connection."""
CHALLENGE = {"www-authenticate": "Bearer"}


class TokenGate:
    """Lets in whoever has the token, as an operator."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._expected = app, f"bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._has_token(scope):
            refusal = problem(401, ProblemCode.FORBIDDEN, "the token is missing or wrong", headers=CHALLENGE)
            await refusal(scope, receive, send)
            return
        scope["state"]["role"] = Role.OPERATOR
        await self._app(scope, receive, send)

    def _has_token(self, scope: Scope) -> bool:
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        kind, _, token = given.partition(b" ")
        return hmac.compare_digest(kind.lower() + b" " + token.strip(), self._expected)

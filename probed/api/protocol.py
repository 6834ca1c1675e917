"""uvicorn's HTTP/1.1 on our socket: with the peer's credentials, bounded, and with JSON in its own refusals too."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from probed.api.peer import read_peer
from probed.api.problems import problem_bytes
from probed.wire.problem import ProblemCode

MOST_CONNECTIONS = 512
FIRST_REQUEST_S = 10.0
"""How long a new connection may stay without a whole request head."""
MOST_SURPLUS_BYTES = 16 * 1024 * 1024
"""How much of a body is read and thrown away after the answer, so that the client gets to reading the answer."""


class PeerProtocol(H11Protocol):
    """Requests find in `scope["state"]`: `peer`, and `abort`, which closes the connection without waiting for what the
    client has not read."""

    closed: asyncio.Future[None]
    _silence: asyncio.TimerHandle | None = None
    _surplus_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.closed = self.loop.create_future()
        state: dict[str, Any] = {"peer": read_peer(transport.get_extra_info("socket")), "abort": transport.abort}
        self.app_state = {**self.app_state, **state}
        self._silence = self.loop.call_later(FIRST_REQUEST_S, self._close_silent)
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(503, ProblemCode.OVERLOADED, "there are too many connections; try again in a moment")

    def connection_lost(self, exc: Exception | None) -> None:
        if self._silence:
            self._silence.cancel()
        super().connection_lost(exc)
        self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY:
            self._surplus_bytes += len(data)
            if self._surplus_bytes > MOST_SURPLUS_BYTES:
                self.transport.abort()
                return
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, ProblemCode.INVALID, msg)

    def _close_silent(self) -> None:
        if self.cycle is None:
            self.transport.close()

    def _refuse(self, status: int, code: ProblemCode, message: str) -> None:
        body = problem_bytes(code, message)
        head = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            for event in (h11.Response(status_code=status, headers=head), h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

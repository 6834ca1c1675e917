"""uvicorn's HTTP/1.1 on our socket: with the peer's credentials, bounded, and with JSON in its own refusals too."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from probed.api.peer import Access, Peer, read_peer
from probed.api.problems import problem_bytes
from probed.api.quota import Holding, Quota
from probed.wire.problem import ProblemCode

MOST_CONNECTIONS, MOST_EACH, RESERVED = 512, 64, 64
HEAD_DEADLINE_S = 10.0
"""From the beginning of a connection, or the end of the last answer, to the end of the next request's head; and to the
end of an answer that the client does not read, or of a body that nobody wants any more."""
MOST_SURPLUS_BYTES = 16 * 1024 * 1024
"""How much of a body is read and thrown away after the answer, so that the client gets to reading the answer."""
MOST_UNREAD_BYTES, MOST_UNREAD_BYTES_EACH, RESERVED_UNREAD_BYTES = 32 * 2**20, 16 * 2**20, 8 * 2**20
"""Of answers that their clients have not read yet."""


class Guests:
    """What the connections share: who may have how many, and how much may wait for them."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.connections = Quota(MOST_CONNECTIONS, MOST_EACH, RESERVED)
        self.unread = Quota(MOST_UNREAD_BYTES, MOST_UNREAD_BYTES_EACH, RESERVED_UNREAD_BYTES)
        self.silent: dict[PeerProtocol, None] = {}
        """Connections over TCP without a request under way, the longest silent first."""


class PeerProtocol(H11Protocol):
    """Requests find in `scope["state"]`: `peer`, and `abort`, which closes the connection without waiting for what the
    client has not read."""

    closed: asyncio.Future[None]
    _seat: Holding
    _unread: Holding
    _silence: asyncio.TimerHandle | None = None
    _surplus_bytes = 0

    def __init__(self, config: Config, state: ServerState, guests: Guests, peer: Peer | None = None) -> None:
        """`peer`: where the kernel does not know who is at the other end."""
        super().__init__(config, state, {})
        self._guests, self._peer = guests, peer

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.closed = self.loop.create_future()
        peer = self._peer or read_peer(transport.get_extra_info("socket"))
        self.app_state = {**self.app_state, "peer": peer, "abort": transport.abort}
        role = self._guests.access.role_of(peer)
        self._seat, self._unread = (quota.hold(peer, role) for quota in (self._guests.connections, self._guests.unread))
        self._watch_silence()
        if not self._seat.take() and not self._take_silent_seat():
            self._refuse(503, ProblemCode.OVERLOADED, "there are too many connections; try again in a moment")

    def connection_lost(self, exc: Exception | None) -> None:
        if self._silence:
            self._silence.cancel()
        self._guests.silent.pop(self, None)
        self._seat.release()
        self._unread.release()
        super().connection_lost(exc)
        self.closed.set_result(None)

    def _take_silent_seat(self) -> bool:
        """Over TCP everybody is the same guest until the token is shown: who says nothing makes room."""
        silent = next((each for each in self._guests.silent if each is not self), None)
        if self._peer is None or silent is None:
            return False
        del self._guests.silent[silent]
        silent._seat.release()
        silent.transport.abort()
        return self._seat.take()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY:
            self._surplus_bytes += len(data)
            if self._surplus_bytes > MOST_SURPLUS_BYTES:
                self.transport.abort()
                return
        super().data_received(data)
        self._watch_silence()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch_silence()

    def pause_writing(self) -> None:
        """The client does not read as fast as it asks."""
        super().pause_writing()
        if not self._unread.take(self.transport.get_write_buffer_size()):
            self.transport.abort()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread.release()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, ProblemCode.INVALID, msg)

    def _watch_silence(self) -> None:
        """A request under way has deadlines of its own; whatever else a connection does, single bytes put nothing
        off."""
        is_waiting = self.cycle is None or self.cycle.response_complete
        if is_waiting and not self._silence:
            self._silence = self.loop.call_later(HEAD_DEADLINE_S, self.transport.abort)
            if self._peer:
                self._guests.silent[self] = None
        elif not is_waiting and self._silence:
            self._silence.cancel()
            self._silence = None
            self._guests.silent.pop(self, None)

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

"""HTTP/1.1 on a run's own Unix socket: one request after the other, streamed as it comes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import h11

from probed.agent.private_socket import served
from probed.errors import CortexError

MAX_BODY = 4 * 2**20
"""Bytes of a request: more than a million tokens of text."""
MAX_CONNECTIONS = 8
CHUNK = 65_536


class BrokenOff(CortexError):
    """What a reply is made of ends before its end; so does the connection."""


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    """With the query."""
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    chunks: AsyncGenerator[bytes]
    """Closed by whoever gets the reply, also where they are not read to their end."""


Handler = Callable[[Call], Awaitable[Reply]]


@contextlib.asynccontextmanager
async def open_door(path: Path, handler: Handler) -> AsyncIterator[None]:
    """Serves as long as the block runs. Raises OSError."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(BrokenOff, h11.ProtocolError):  # what the program speaks is not HTTP
            await _Conversation(reader, writer, handler).hold()

    async with served(path, talk, limit=CHUNK, most=MAX_CONNECTIONS):
        yield


def error_body(kind: str, message: str) -> bytes:
    """As the Messages API writes its errors."""
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode()


class _Conversation:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler) -> None:
        self._reader, self._writer, self._handler = reader, writer, handler
        self._http = h11.Connection(h11.SERVER)

    async def hold(self) -> None:
        while (call := await self._call_or_refusal()) is not None:
            if not await self._answered(call):
                return
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    async def _call_or_refusal(self) -> Call | None:
        """Who does not speak HTTP, or says too much, is told so, and nothing more is read."""
        try:
            return await self._next_call()
        except h11.RemoteProtocolError as error:
            if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                said = error_body("invalid_request_error", str(error))
                head = {"content-type": "application/json", "content-length": str(len(said)), "connection": "close"}
                await self._send(h11.Response(status_code=error.error_status_hint, headers=list(head.items())))
                await self._send(h11.Data(data=said))
                await self._send(h11.EndOfMessage())
            return None

    async def _answered(self, call: Call) -> bool:
        """False where the program went away before the end: then nobody waits for the answer any more."""
        answering = asyncio.ensure_future(self._answer(call))
        listening = asyncio.ensure_future(self._reader.read(CHUNK))
        try:
            await asyncio.wait({answering, listening}, return_when=asyncio.FIRST_COMPLETED)
            if listening.done():
                if not (more := listening.result()):
                    return answering.done() and not answering.exception()
                self._http.receive_data(more)
            await answering
            return True
        finally:
            for task in (answering, listening):
                task.cancel()
            await asyncio.gather(answering, listening, return_exceptions=True)

    async def _answer(self, call: Call) -> None:
        await self._send_reply(await self._handler(call))

    async def _next_call(self) -> Call | None:
        """None at the end of the connection. Raises h11.RemoteProtocolError."""
        head = await self._event()
        if not isinstance(head, h11.Request):
            return None
        headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
        _bounded(int(headers.get("content-length", 0)))
        if headers.get("expect", "").lower() == "100-continue":
            await self._send(h11.InformationalResponse(status_code=100, headers=[]))
        body = bytearray()
        while isinstance(event := await self._event(), h11.Data):
            body += event.data
            _bounded(len(body))
        return Call(head.method.decode(), head.target.decode("latin-1"), headers, bytes(body))

    async def _event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(CHUNK))
        return event

    async def _send_reply(self, reply: Reply) -> None:
        async with contextlib.aclosing(reply.chunks):
            await self._send(h11.Response(status_code=reply.status, headers=list(reply.headers.items())))
            async for chunk in reply.chunks:
                await self._send(h11.Data(data=chunk))
            await self._send(h11.EndOfMessage())

    async def _send(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()


def _bounded(size: int) -> None:
    if size > MAX_BODY:
        raise h11.RemoteProtocolError(f"the request has more than {MAX_BODY} bytes", error_status_hint=413)

"""A server on loopback that speaks the Messages API and answers by a script.

    with MockModel(script) as model:      # model.base_url, model.requests

Nothing counts requests but `Request.number`, so one server can serve many runs at once.
"""

from __future__ import annotations

import json
import select
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from types import TracebackType
from typing import Any, Self

from probed.mock_model.reply import Cut, Failure, Garbage, Hang, Message, Pace, Reply, text
from probed.mock_model.request import Request, is_request
from probed.mock_model.stream import events, sse, whole

NO_REQUEST = Failure(400, "invalid_request_error", "this is no request with a model and messages")
Script = Callable[[Request], Reply]
LOOPBACK = "127.0.0.1"
PATH = "/v1/messages"
MOST_BYTES = 32 * 2**20
"""Of a request, as the real API has it."""
PROMISED = "4096"
"""Bytes that an answer promises and does not hold."""


class MockModel:
    """A context manager."""

    def __init__(
        self,
        script: Script,
        port: int = 0,
        told: Callable[[Request, Reply], None] | None = None,
        *,
        keeps_requests: bool = True,
    ) -> None:
        """`told` hears of each request, in the thread that serves it; a server that goes on for long keeps none. Raises
        OSError where the port is taken."""
        self.script, self._told, self._keeps_requests = script, told, keeps_requests
        self.requests: list[Request] = []
        self._number = 0
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server((LOOPBACK, port), _Handler)
        self._server.model = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="mock-model")

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def take(self, headers: Mapping[str, str], body: Mapping[str, Any]) -> Reply:
        with self._lock:
            self._number += 1
            request = Request(self._number, headers, body, self.stopping.wait)
            if self._keeps_requests:
                self.requests.append(request)
        reply = self.script(request)
        if self._told:
            self._told(request, reply)
        return reply

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128
    model: MockModel


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10.0
    """Seconds for a request to come in: the server's end waits for each that has begun."""
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        self.close_connection = True
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            request = self._request()
            if self.path.split("?")[0] != PATH:
                self._send(404, b"{}", {})
            elif request is None:
                self._answer(NO_REQUEST, {})
            else:
                self._answer(self.server.model.take(headers, request), request)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            return

    def _request(self) -> Mapping[str, Any] | None:
        """None: it is none of this API."""
        size = self.headers.get("content-length", "")
        is_told = size.isdecimal() and len(size) <= 9 and int(size) <= MOST_BYTES
        body = self.rfile.read(int(size)) if is_told else b""
        try:
            request = json.loads(body)
        except (ValueError, RecursionError):
            return None
        return request if is_request(request) else None

    def _answer(self, reply: Reply, request: Mapping[str, Any]) -> None:
        match reply:
            case Message():
                self._message(reply, request)
            case Failure():
                error = {"type": "error", "error": {"type": reply.kind, "message": reply.text}}
                self._send(reply.status, json.dumps(error).encode(), reply.headers)
            case Garbage():
                self._send(200, reply.body, {})
            case Cut():
                self._cut(request)
            case Hang():
                self._hang()

    def _message(self, reply: Message, request: Mapping[str, Any]) -> None:
        model = str(request["model"])
        if request.get("stream"):
            self._stream([sse(event) for event in events(reply, model)], reply.pace)
        else:
            self._send(200, json.dumps(whole(reply, model)).encode(), {})

    def _stream(self, pieces: list[bytes], pace: Pace | None) -> None:
        size = sum(map(len, pieces))
        self._head(200, {"content-type": "text/event-stream", "content-length": str(size)})
        for piece in pieces if pace else [b"".join(pieces)]:
            if pace:
                self.server.model.stopping.wait(pace.pause_s)
            self.wfile.write(piece)

    def _cut(self, request: Mapping[str, Any]) -> None:
        """Promises more bytes than it sends."""
        begun = islice(events(text("Let me see whether"), str(request["model"])), 3)
        beginning = b"".join(map(sse, begun)) if request.get("stream") else b'{"id": "msg_1", "type": "mess'
        kind = "text/event-stream" if request.get("stream") else "application/json"
        self._head(200, {"content-type": kind, "content-length": PROMISED})
        self.wfile.write(beginning)

    def _hang(self) -> None:
        while not self.server.model.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.1)
            if readable and not self.connection.recv(1):
                return

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self._head(status, {"content-type": "application/json", "content-length": str(len(body)), **headers})
        self.wfile.write(body)

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()

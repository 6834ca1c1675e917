"""A server on a Unix socket that gives canned answers, or misbehaves as it is told."""

from __future__ import annotations

import dataclasses
import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from probed.wire.problem import Problem, ProblemCode

Misbehaviour = Callable[[socket.socket, threading.Event], None]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Question:
    answer: Callable[[str], bytes]


@dataclass
class StubDaemon:
    """`answers` maps `GET /path` to what is sent; for a list each request takes the next item, the last one stays."""

    path: Path
    answers: dict[str, Any] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> StubDaemon:
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._connections: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen()
        self._spawn(self._accept)
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        for connection in [self._listener, *self._connections]:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(5)
        self.path.unlink(missing_ok=True)

    def answer(self, request: str, shape: Any, status: int = 200) -> None:
        self.answers[request] = json_answer(shape, status)

    def answer_in_turn(self, request: str, *shapes: Any) -> None:
        self.answers[request] = [json_answer(shape) for shape in shapes]

    def refuse(self, request: str, status: int, code: ProblemCode, message: str, field: str = "") -> None:
        self.answer(request, {"error": Problem(code, message, field)}, status)

    def misbehave(self, request: str, how: Misbehaviour | bytes) -> None:
        self.answers[request] = how

    def serve(self, request: str, how: Callable[[str], bytes]) -> None:
        """`how` answers by the query."""
        self.answers[request] = Question(how)

    def bodies(self, path: str) -> list[Any]:
        return [json.loads(request.body) for request in self.requests if request.path == path and request.body]

    def _spawn(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = read_request(connection)
            self.requests.append(request)
            answer = self.answers.get(f"{request.method} {request.path}", NOT_THERE)
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if isinstance(answer, Question):
                connection.sendall(answer.answer(request.query))
            elif callable(answer):
                answer(connection, self._over)
            else:
                connection.sendall(answer)


def read_request(connection: socket.socket) -> Request:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, body)


def json_answer(shape: Any, status: int = 200) -> bytes:
    return http(json.dumps(shape, default=dataclasses.asdict).encode(), "application/json", status)


def http(body: bytes, content_type: str, status: int = 200) -> bytes:
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def chunked(*pieces: bytes, content_type: str = "application/json") -> bytes:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])
    return f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n".encode() + chunks


def hang(connection: socket.socket, over: threading.Event) -> None:
    over.wait(30)


def trickle(connection: socket.socket, over: threading.Event) -> None:
    """A byte now and then, for ever: each read succeeds, the answer never ends."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not over.wait(0.02):
        connection.sendall(b"x")


NOT_THERE = json_answer({"error": Problem(ProblemCode.NOT_FOUND, "there is no such thing")}, 404)

"""A web server on loopback that keeps what is posted to it and answers as the test says."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.real.servers import QuietServer


@dataclass(frozen=True)
class Posted:
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    """By the monotonic clock."""
    method: str = "POST"

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class PostBox:
    url: str = ""
    status: int = 200
    answer: bytes = b"ok"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    """Before an answer, and no longer than the box is there."""
    posted: list[Posted] = field(default_factory=list)
    """Everything that came, whatever was answered."""

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])


@contextlib.contextmanager
def post_box(port: int = 0) -> Iterator[PostBox]:
    box, is_over = PostBox(), threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            box.posted.append(Posted(self.path, dict(self.headers), body, time.monotonic(), self.command))
            is_over.wait(box.delay_s)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(box.status)
                for name, value in box.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(box.answer)))
                self.end_headers()
                self.wfile.write(box.answer)

        do_GET = do_POST

        def log_message(self, *arguments: object) -> None:
            pass

    with QuietServer(("127.0.0.1", port), Handler) as server:
        box.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield box
        finally:
            is_over.set()
            server.shutdown()
            thread.join(10)

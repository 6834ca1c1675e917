"""A loopback server that speaks as much of the Docker engine's API as a look at containers needs, and counts."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from probed.host.familiar_containers import in_words

NEVER = "0001-01-01T00:00:00Z"
DAY_S = 86400.0


@dataclass
class FakeContainer:
    name: str
    up_s: float = DAY_S
    restarts: int = 0
    health: str = ""
    id: str = field(init=False)
    started_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.id, self.started_at = self.name.encode().hex().ljust(64, "0"), time.time() - self.up_s

    def start_again(self) -> None:
        self.restarts, self.started_at = self.restarts + 1, time.time()

    def listed(self) -> dict[str, Any]:
        age, health = in_words(time.time() - self.started_at), f" ({self.health})" if self.health else ""
        return {"Id": self.id, "Names": [f"/{self.name}"], "State": "running", "Status": f"Up {age}{health}"}

    def facts(self) -> dict[str, Any]:
        began = datetime.fromtimestamp(self.started_at, UTC).isoformat()
        state = {"Status": "running", "StartedAt": began, "FinishedAt": NEVER, "Pid": 0, "ExitCode": 0}
        if self.health:
            state["Health"] = {"Status": self.health, "Log": [{"Output": f"said of {self.health}"}]}
        return {"Id": self.id, "Name": f"/{self.name}", "State": state, "RestartCount": self.restarts}


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@dataclass
class FakeEngine:
    address: str
    containers: list[FakeContainer]
    takes_s: float = 0.0
    """To answer about one container."""
    inspected: list[str] = field(default_factory=list)
    """Names, since `forget`."""
    at_once: int = 0
    """How many were asked for side by side at the most."""
    _under_way: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str) -> tuple[int, object]:
        if path.endswith("/version"):
            return 200, {"ApiVersion": "1.41"}
        if "/containers/json" in path:
            return 200, [each.listed() for each in self.containers]
        return self._facts(path.split("/")[-2])

    def _facts(self, container_id: str) -> tuple[int, object]:
        with self._lock:
            self._under_way += 1
            self.at_once = max(self.at_once, self._under_way)
        time.sleep(self.takes_s)
        with self._lock:
            self._under_way -= 1
            found = [each for each in self.containers if each.id == container_id]
            self.inspected += [each.name for each in found]
        return (200, found[0].facts()) if found else (404, {"message": "No such container"})


@contextmanager
def fake_engine(folder: Path, containers: list[FakeContainer]) -> Iterator[FakeEngine]:
    path = folder / "docker.sock"
    engine = FakeEngine(f"unix://{path}", containers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, answer = engine.answer(self.path.partition("?")[0])
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

        def address_string(self) -> str:
            return "unix"

    with _Server(str(path), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield engine
        finally:
            server.shutdown()
            thread.join(10)

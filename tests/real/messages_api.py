"""A server on loopback that speaks the Messages API and answers by a script: for tests, benchmarks and by hand.

    with MessagesApi("investigate") as api:      # api.base_url, api.requests

`python -m tests.real.messages_api --mode hang --port 0` serves the same until it is terminated; the first line it
prints is its URL. Nothing counts requests but `Request.number`, so one server can serve many runs at once.
"""

from __future__ import annotations

import argparse
import json
import select
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

REPORT: Mapping[str, Any] = {
    "verdict": "warning",
    "summary": "One process uses more memory than it should.",
    "findings": [
        {
            "check": "processes",
            "object": "worker",
            "severity": "warning",
            "summary": "worker grows without bound",
            "evidence": {"rss_bytes": 123456789},
        }
    ],
}
FINAL_TOOLS = ("StructuredOutput", "report")
"""How the Claude CLI and the Messages API backend name the tool that ends an investigation."""


# --- what can be answered ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """An assistant's turn."""

    content: Sequence[Mapping[str, Any]]
    input_tokens: int = 100
    output_tokens: int = 10
    stop_reason: str = ""
    """Empty: `tool_use` where the content holds one, else `end_turn`."""

    @property
    def reason(self) -> str:
        calls = any(block["type"] == "tool_use" for block in self.content)
        return self.stop_reason or ("tool_use" if calls else "end_turn")


@dataclass(frozen=True)
class Failure:
    """An HTTP error in the API's own form."""

    status: int
    kind: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hang:
    """No answer at all, until the client goes away."""


@dataclass(frozen=True)
class Garbage:
    """A success that is no message; as it is, not even JSON or an event stream."""

    body: bytes = b"\x00\xff <html> {{{ not what was asked for"


@dataclass(frozen=True)
class Cut:
    """The beginning of an answer; then the connection is closed."""


Reply = Message | Failure | Hang | Garbage | Cut


@dataclass(frozen=True)
class Request:
    number: int
    """Counted from 1 over the server's life."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Mapping[str, Any]

    @property
    def tools(self) -> tuple[str, ...]:
        return tuple(tool["name"] for tool in self.body.get("tools", ()))

    @property
    def results(self) -> tuple[Mapping[str, Any], ...]:
        """The results of the tools that were called so far, in order."""
        contents = [message["content"] for message in self.body["messages"] if isinstance(message["content"], list)]
        return tuple(block for content in contents for block in content if block["type"] == "tool_result")

    def full_name(self, tool: str) -> str:
        """The CLI puts the server's name before a tool's own."""
        return next(name for name in self.tools if name == tool or name.endswith(f"__{tool}"))


Script = Callable[[Request], Reply]


def text(words: str) -> Message:
    return Message([{"type": "text", "text": words}])


def call(request: Request, tool: str, arguments: Mapping[str, Any] | None = None) -> Message:
    """The model calls a probe, by the name it has on our side."""
    return _use(request, request.full_name(tool), arguments or {})


def report(request: Request, content: Mapping[str, Any] = REPORT) -> Message:
    """The model ends the investigation."""
    final = next((name for name in FINAL_TOOLS if name in request.tools), None)
    return _use(request, final, content) if final else text("There is nothing to report with.")


def _use(request: Request, name: str, arguments: Mapping[str, Any]) -> Message:
    return Message([{"type": "tool_use", "id": f"toolu_{request.number}", "name": name, "input": dict(arguments)}])


# --- the scripts ------------------------------------------------------------------------------------------------------


def investigate(request: Request) -> Reply:
    """One probe, then the report."""
    return report(request) if request.results else call(request, "processes", {"limit": 5})


def _unknown_action(request: Request) -> Reply:
    finding = {**REPORT["findings"][0], "proposed_action": {"action": "format_disk", "params": {}}}
    return report(request, {**REPORT, "findings": [finding]})


def _overrun(request: Request) -> Reply:
    """Turns that cost a fortune and lead nowhere."""
    return Message(call(request, "processes").content, input_tokens=50_000_000, output_tokens=100_000)


MODES: Mapping[str, Script] = {
    "investigate": investigate,
    "report": report,
    "hang": lambda _: Hang(),
    "garbage": lambda _: Garbage(),
    "cut": lambda _: Cut(),
    "refuse": lambda _: text("I cannot help with that."),
    "refusal": lambda _: Message([], stop_reason="refusal"),
    "endless": lambda request: call(request, "processes"),
    "overrun": _overrun,
    "unknown_action": _unknown_action,
    "no_verdict": lambda request: report(request, {"summary": "fine", "findings": []}),
    "unauthorized": lambda _: Failure(401, "authentication_error", "invalid x-api-key"),
    "rate_limited": lambda _: Failure(429, "rate_limit_error", "slow down", {"retry-after": "0"}),
    "overloaded": lambda _: Failure(529, "overloaded_error", "Overloaded"),
}


# --- the server -------------------------------------------------------------------------------------------------------


class MessagesApi:
    """A context manager; `script` is the name of a mode or a function of its own."""

    def __init__(self, script: str | Script = "investigate", port: int = 0) -> None:
        self.script = MODES[script] if isinstance(script, str) else script
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.api = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="messages-api")

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def take(self, headers: Mapping[str, str], body: Mapping[str, Any]) -> Reply:
        with self._lock:
            request = Request(len(self.requests) + 1, headers, body)
            self.requests.append(request)
        return self.script(request)

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
    api: MessagesApi


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.close_connection = True
        if self.path.split("?")[0] != "/v1/messages":
            self._send(404, b"{}", {})
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = json.loads(body)
        try:
            self._answer(self.server.api.take(headers, request), request)
        except (BrokenPipeError, ConnectionResetError):
            return

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
        if request.get("stream"):
            events = _events(reply, str(request["model"]))
            self._send(200, b"".join(map(_sse, events)), {"content-type": "text/event-stream"})
        else:
            self._send(200, json.dumps(whole(reply, str(request["model"]))).encode(), {})

    def _cut(self, request: Mapping[str, Any]) -> None:
        """Promises more bytes than it sends."""
        events = list(_events(text("Let me see whether"), str(request["model"])))[:3]
        beginning = b"".join(map(_sse, events)) if request.get("stream") else b'{"id": "msg_1", "type": "mess'
        kind = "text/event-stream" if request.get("stream") else "application/json"
        self._head(200, {"content-type": kind, "content-length": "4096"})
        self.wfile.write(beginning)

    def _hang(self) -> None:
        while not self.server.api.stopping.is_set():
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


def whole(reply: Message, model: str) -> dict[str, Any]:
    return {
        "id": "msg_scripted",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": list(reply.content),
        "stop_reason": reply.reason,
        "stop_sequence": None,
        "usage": {"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens},
    }


def _events(reply: Message, model: str) -> Iterator[dict[str, Any]]:
    opening: dict[str, Any] = {
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": reply.input_tokens, "output_tokens": 1},
    }
    yield {"type": "message_start", "message": {**whole(reply, model), **opening}}
    for index, block in enumerate(reply.content):
        yield from _block_events(index, block)
    delta = {"stop_reason": reply.reason, "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": reply.output_tokens}}
    yield {"type": "message_stop"}


def _block_events(index: int, block: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "tool_use":
        begun = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    else:
        begun, delta = {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
    yield {"type": "content_block_start", "index": index, "content_block": begun}
    yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _sse(event: Mapping[str, Any]) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve a scripted Messages API on loopback.")
    parser.add_argument("--mode", choices=sorted(MODES), default="investigate")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    with MessagesApi(arguments.mode, arguments.port) as api:
        print(api.base_url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()

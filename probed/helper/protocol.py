"""What crosses the helper's socket: a request, then an answer, each a line of JSON; then the connection ends.

The line is bounded, both sides speak the same version, and what is not exactly of this shape is no message.
"""

from __future__ import annotations

import enum
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from probed.helper.done import Done

VERSION = 1
SOCKET = "/run/cortex-helper.sock"
MAX_LINE_BYTES = 65_536
MAX_BRACKETS = 100
MAX_DETAIL = 4_000
MAX_DEADLINE_S = 3_600
ALLOWED = "allowed"
"""No operation, but the question which ones the policy allows, or whether it would `operation` with `params`."""
REQUEST = {"version": int, "operation": str, "params": dict, "deadline_s": (int, float)}
ANSWER = {"version": int, "outcome": str, "detail": str, "before": dict, "after": dict}


class Outcome(enum.StrEnum):
    DONE = "done"
    REFUSED = "refused"
    """Nothing was done."""
    FAILED = "failed"
    UNCLEAR = "unclear"
    """It was begun, and nobody knows what becomes of it."""


@dataclass(frozen=True, slots=True)
class Request:
    operation: str
    params: Mapping[str, object]
    deadline_s: float
    """The operation is ended by force after this long."""


def request_line(request: Request) -> bytes:
    return _line(operation=request.operation, params=dict(request.params), deadline_s=request.deadline_s)


def answer_line(outcome: Outcome, done: Done) -> bytes:
    """What an operation says of its object is left out where the line cannot carry it."""
    words = {"outcome": outcome, "detail": done.detail[:MAX_DETAIL]}
    try:
        line = _line(**words, before=dict(done.before), after=dict(done.after))
    except (TypeError, ValueError):
        line = b""
    return line if 0 < len(line) <= MAX_LINE_BYTES else _line(**words, before={}, after={})


def request_of(line: bytes) -> Request:
    """Raises ValueError."""
    content = _content(line, REQUEST)
    if not 0 < content["deadline_s"] <= MAX_DEADLINE_S:
        raise ValueError(f"deadline_s has to be a number up to {MAX_DEADLINE_S}")
    return Request(content["operation"], content["params"], content["deadline_s"])


def answer_of(line: bytes) -> tuple[Outcome, Done]:
    """Raises ValueError."""
    content = _content(line, ANSWER)
    return Outcome(content["outcome"]), Done(content["detail"], content["before"], content["after"])


def read_line(connection: socket.socket, deadline_s: float) -> bytes:
    """Up to the first line feed, however slowly it trickles in. Raises ValueError where none came, OSError."""
    ends_at, line = time.monotonic() + deadline_s, b""
    while b"\n" not in line:
        if (left_s := ends_at - time.monotonic()) <= 0:
            raise TimeoutError(f"no whole line within {deadline_s:g} s")
        connection.settimeout(left_s)
        came = connection.recv(MAX_LINE_BYTES)
        line += came
        if not came or len(line) > MAX_LINE_BYTES:
            raise ValueError("the connection ended before its line" if not came else "the line is too long")
    return line.partition(b"\n")[0]


def _line(**fields: object) -> bytes:
    return json.dumps({"version": VERSION, **fields}, default=str, allow_nan=False).encode() + b"\n"


def _content(line: bytes, shape: Mapping[str, Any]) -> dict[str, Any]:
    if line.count(b"[") + line.count(b"{") > MAX_BRACKETS:
        raise ValueError("the line is nested too deeply")
    content = json.loads(line.decode(), object_pairs_hook=_unique)
    if not isinstance(content, dict) or set(content) != set(shape):
        raise ValueError(f"an object of {', '.join(shape)} is expected")
    for name, value in content.items():
        if not isinstance(value, shape[name]) or isinstance(value, bool):
            raise ValueError(f"{name} has the wrong type")
    if content["version"] != VERSION:
        raise ValueError(f"version {VERSION} is spoken here")
    return content


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(content := dict(pairs)) != len(pairs):
        raise ValueError("a key is given twice")
    return content

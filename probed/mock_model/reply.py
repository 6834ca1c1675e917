"""What a model's server can answer, the ways to fail among it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """An assistant's turn."""

    content: Sequence[Block]
    input_tokens: int = 100
    output_tokens: int = 10
    stop_reason: str = ""
    """Empty: `tool_use` where the content holds one, else `end_turn`."""
    pace: Pace | None = None
    """How it is streamed; None: at once."""

    @property
    def reason(self) -> str:
        calls = any(block["type"] == "tool_use" for block in self.content)
        return self.stop_reason or ("tool_use" if calls else "end_turn")


@dataclass(frozen=True, slots=True)
class Pace:
    """A stream comes in pieces, with a pause before each."""

    characters: int
    pause_s: float


@dataclass(frozen=True, slots=True)
class Failure:
    """An HTTP error in the API's own form."""

    status: int
    kind: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer at all, until the client goes away."""


@dataclass(frozen=True, slots=True)
class Garbage:
    """A success that is no message; as it is, not even JSON or an event stream."""

    body: bytes = b"\x00\xff <html> {{{ not what was asked for"


@dataclass(frozen=True, slots=True)
class Cut:
    """The beginning of an answer; then the connection is closed."""


Reply = Message | Failure | Hang | Garbage | Cut


def text(words: str) -> Message:
    return Message([{"type": "text", "text": words}])

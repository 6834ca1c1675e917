"""What an answer of the Messages API took, read while it passes: from one JSON object, or from a stream of events."""

from __future__ import annotations

from typing import Any

from probed.agent import plain_json
from probed.core.model_call import Tokens

MAX_LINE = 2**20
"""Bytes of an event that are looked at; what tells of tokens is far shorter."""
MAX_BODY = 16 * 2**20


class Meter:
    """Fed with what passes. `tokens` is None as long as the answer has not told all of it."""

    def __init__(self, *, streams: bool) -> None:
        self._streams, self._rest, self._size = streams, bytearray(), 0
        self._told: dict[str, int] = {}
        self.model = ""
        """That answers, by the name it gives itself."""
        self.has_spoken = False
        self._is_whole = False

    @property
    def tokens(self) -> Tokens | None:
        return self._tokens() if self._is_whole else None

    @property
    def so_far(self) -> Tokens:
        """As told until now; the output is what an unfinished stream told, which is too little."""
        return self._tokens()

    def feed(self, data: bytes) -> None:
        self._size += len(data)
        if self._streams:
            *lines, rest = bytes(self._rest + data).split(b"\n")
            self._rest = bytearray(rest if len(rest) <= MAX_LINE else b"")
            for line in lines:
                self._line(line)
        elif self._size <= MAX_BODY:
            self._rest += data

    def finish(self) -> None:
        if not self._streams:
            self._message(_object(bytes(self._rest)), is_last=True)

    def _line(self, line: bytes) -> None:
        if not line.startswith(b"data:") or (b'"message_' not in line and b'"content_' not in line):
            return
        event = _object(line[5:].strip())
        match event.get("type"):
            case "message_start":
                self._message(event.get("message"), is_last=False)
            case "message_delta":
                self._count(event.get("usage"))
            case "content_block_delta":
                self.has_spoken = True
            case "message_stop":
                self._is_whole = self._is_counted()

    def _message(self, message: object, *, is_last: bool) -> None:
        if not isinstance(message, dict):
            return
        self.model = str(message.get("model") or "")
        self._count(message.get("usage"))
        if is_last and self._is_counted():
            self._is_whole = self.has_spoken = True

    def _count(self, usage: object) -> None:
        """A later word corrects an earlier one."""
        told = usage if isinstance(usage, dict) else {}
        self._told |= {
            name: count
            for name, count in told.items()
            if isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 2**53
        }

    def _is_counted(self) -> bool:
        return {"input_tokens", "output_tokens"} <= self._told.keys()

    def _tokens(self) -> Tokens:
        names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
        return Tokens(*(self._told.get(name, 0) for name in names))


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = plain_json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}

"""The event stream of the Claude CLI: one JSON object a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from probed.agent import plain_json
from probed.agent.words import without
from probed.errors import CortexError

MAX_LINE = 16 * 2**20
MAX_STREAM = 32 * 2**20
"""Bytes of one event, and of all events of a run."""

Event = Mapping[str, Any]


class Unreadable(CortexError):
    """The event stream is larger than anything that is read."""


class EventStream:
    """Fed with bytes as they come. `secrets` are kept out of everything that is handed on."""

    def __init__(self, *secrets: str, on_words: Callable[[str], None] = lambda _: None) -> None:
        """`on_words` gets what the model says as it says it, where the CLI is asked to tell."""
        self.start: Event | None = None
        """The event `init`: what the CLI was really started with."""
        self.result: Event | None = None
        self.has_spoken = False
        """The model said something."""
        self.noise = ""
        """The last line that was no event."""
        self._secrets, self._on_words = secrets, on_words
        self._lines: list[str] = []
        self._partial = bytearray()
        self._size = 0

    def feed(self, data: bytes) -> None:
        """Raises Unreadable."""
        self._size += len(data)
        *whole, rest = data.split(b"\n")
        for line in whole:
            self._partial += line
            self._take(bytes(self._partial))
            self._partial.clear()
        self._partial += rest
        if len(self._partial) > MAX_LINE or self._size > MAX_STREAM:
            raise Unreadable

    def finish(self) -> None:
        """The last line may lack its end."""
        self._take(bytes(self._partial))
        self._partial.clear()

    def transcript(self) -> str:
        return "".join(f"{line}\n" for line in self._lines)

    def hide(self, text: str) -> str:
        return without(self._secrets, text)

    def _take(self, line: bytes) -> None:
        if len(line) > MAX_LINE:
            raise Unreadable
        text = self.hide(line.decode(errors="replace").strip())
        event = _event(text)
        if event is None:
            self.noise = text or self.noise
            return
        if event.get("type") == "stream_event":  # the whole turn follows
            if words := _words_in(event.get("event")):
                self._on_words(words)
            return
        self._lines.append(text)
        if event.get("type") == "result":
            self.result = self.result or event
        elif event.get("type") == "system" and event.get("subtype") == "init":
            self.start = self.start or event
        elif event.get("type") == "assistant":
            self.has_spoken = True


def _words_in(event: object) -> str:
    """The next words, if the event is some."""
    delta = event.get("delta") if isinstance(event, dict) and event.get("type") == "content_block_delta" else None
    return str(delta.get("text") or "") if isinstance(delta, dict) and delta.get("type") == "text_delta" else ""


def _event(text: str) -> Event | None:
    try:
        event = plain_json.loads(text)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None

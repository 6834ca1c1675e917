"""The daemon's server-sent events, read from one connection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from cortexctl.connection import MAX_PIECE_BYTES, Connection
from cortexctl.failure import Unreachable
from cortexctl.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from probed.wire.event import EventShape


class EventStream:
    """Iterate to get the events; ends quietly after `close`, which another thread may call, else raises Unreachable."""

    def __init__(self, connection: Connection, headers: dict[str, str], after: int | None, idle_s: float) -> None:
        self.last_id = after
        """The event after which to resume; None as long as none was seen."""
        self._connection = connection
        self._pieces = connection.pieces(headers)
        self._idle_s = idle_s
        self._closed = False

    def __enter__(self) -> EventStream:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._closed = True
        self._connection.close()

    def __iter__(self) -> Iterator[EventShape]:
        data: list[str] = []
        try:
            for line in self._lines():
                name, _, value = line.partition(":")
                if name == "data":
                    data.append(value.removeprefix(" "))
                elif name == "id":
                    self.last_id = self._number(value)
                elif not line and data:
                    yield self._event("\n".join(data))
                    data = []
        except Unreachable:
            if not self._closed:
                raise
        else:
            if not self._closed:
                raise Unreachable("the daemon ended the event stream")
        finally:
            self.close()

    def _event(self, text: str) -> EventShape:
        try:
            event = json.loads(text, object_hook=Record)
        except ValueError:
            raise self._connection.garbled(f"an event that is no JSON: {text[:60]!r}") from None
        if not isinstance(event, Record):
            raise self._connection.garbled(f"an event that is no object: {text[:60]!r}")
        return cast("EventShape", event)

    def _number(self, text: str) -> int:
        try:
            return int(text)
        except ValueError:
            raise self._connection.garbled(f"an event with the id {text[:20]!r}") from None

    def _lines(self) -> Iterator[str]:
        """Each line, also the empty ones and the comments; any sign of life puts off the deadline."""
        self._connection.extend_deadline(self._idle_s)
        rest = b""
        for piece in self._pieces:
            self._connection.extend_deadline(self._idle_s)
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                yield line.removesuffix(b"\r").decode("utf-8", "replace")
            if len(rest) > MAX_PIECE_BYTES:
                raise self._connection.garbled("an event without an end")

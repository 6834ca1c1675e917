"""The daemon's event stream, followed for as long as the dashboard lives."""

from __future__ import annotations

import threading
from collections.abc import Callable

from cortexctl.client import Client
from cortexctl.failure import Failure
from cortexctl.stream import EventStream
from cortexctl.tui.shape import shaped
from probed.wire.event import EventShape

MOST_EVENTS = 1000
PAUSE_S = 1.0


class Watch:
    """`run` is for a thread of its own; `news` is called there whenever `events` or `failure` has changed."""

    def __init__(self, client: Client, news: Callable[[], None]) -> None:
        self.events: tuple[EventShape, ...] = ()
        """The newest first, at most MOST_EVENTS. Replaced, never changed: another thread may read it at any time."""
        self.failure: Failure | None = None
        """Why nothing comes; None while the stream is open."""
        self._client = client
        self._news = news
        self._stream: EventStream | None = None
        self._last_id: int | None = None
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            try:
                self._follow()
            except Failure as failure:
                self._lost(failure)
            self._over.wait(PAUSE_S)

    def close(self) -> None:
        self._over.set()
        if stream := self._stream:
            stream.close()

    def _follow(self) -> None:
        with self._client.events(self._last_id, last=MOST_EVENTS) as stream:
            self._stream = stream
            if self._over.is_set():
                return
            self.failure = None
            self._news()
            for event in stream:
                self.events = (shaped(EventShape, event), *self.events[: MOST_EVENTS - 1])
                self._last_id = stream.last_id
                self._news()

    def _lost(self, failure: Failure) -> None:
        is_known = self.failure is not None and self.failure.message == failure.message
        self.failure = failure
        if not is_known and not self._over.is_set():
            self._news()

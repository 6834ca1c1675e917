"""One client of the event stream: what it has, and what waits for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence

from probed.core.event import StreamEvent
from probed.ports import Queries

MOST_WAITING = 256
"""Events that wait for one client beside what its socket holds; with one more it is dropped."""
PAGE = 200


class Follower:
    """The store is the truth, what is told live only saves reading it: an event that does not follow the last one is
    left to the store, with all that lies between. So there is neither a gap nor a duplicate, in whatever order the
    live events come."""

    def __init__(self, last_id: int, abort: Callable[[], None]) -> None:
        """`abort` closes the connection at once."""
        self.last_id = last_id
        self.has_left = False
        self.is_behind = True
        """The store has events that were neither sent nor told live."""
        self._abort = abort
        self._waiting: deque[StreamEvent] = deque()
        self._news = asyncio.Event()

    def tell(self, event: StreamEvent) -> bool:
        """False when the client is too slow: its connection is closed."""
        if len(self._waiting) >= MOST_WAITING:
            if not self.is_behind:
                self.leave()
                self._abort()
                return False
            self._waiting.clear()  # what it will be sent from the store anyway
        self._waiting.append(event)
        self._news.set()
        return True

    def leave(self) -> None:
        self.has_left = True
        self._news.set()

    async def next(self, queries: Queries) -> Sequence[StreamEvent]:
        """The events that can be sent now; none when the client is up to date."""
        if not self.is_behind:
            following = self._following()
            if following or not self.is_behind:
                return following
        events = await queries.events(self.last_id, PAGE)
        if events:
            self.last_id = events[-1].id
        self.is_behind = len(events) == PAGE
        return events or self._following()

    async def wait(self, at_most_s: float) -> bool:
        """Whether there is news; False after `at_most_s` without any."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._news.wait()
        has_news = self._news.is_set()
        self._news.clear()
        return has_news

    def _following(self) -> list[StreamEvent]:
        """Those waiting events that follow the last one without a gap."""
        following = []
        while self._waiting and not self.is_behind:
            event = self._waiting.popleft()
            if event.id > self.last_id + 1:
                self.is_behind = True
            elif event.id == self.last_id + 1:
                following.append(event)
                self.last_id = event.id
        return following

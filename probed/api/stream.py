"""The event stream as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from probed.api.context import Subscribe
from probed.api.follower import Follower
from probed.api.mapping.event import event_bytes
from probed.api.peer import Peer, Role
from probed.api.quota import Holding, Quota
from probed.core.event import StreamEvent
from probed.errors import Overloaded
from probed.ports import Queries

MOST_FOLLOWERS, MOST_EACH, RESERVED = 32, 8, 8
HEARTBEAT_S = 15.0
HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]


class Streams:
    """Everybody who follows the events, bounded in number."""

    def __init__(self, subscribe: Subscribe, queries: Queries) -> None:
        self.queries = queries
        self.dropped = 0
        self._subscribe = subscribe
        self._unsubscribe: Callable[[], None] | None = None
        self._quota = Quota(MOST_FOLLOWERS, MOST_EACH, RESERVED)
        self._followers: dict[Follower, Holding] = {}

    @property
    def count(self) -> int:
        return len(self._followers)

    def open(self) -> None:
        self._unsubscribe = self._subscribe(self._tell)

    def close(self) -> None:
        if self._unsubscribe:
            self._unsubscribe()
        for follower in self._followers:
            follower.leave()

    async def join(
        self, after: int | None, abort: Callable[[], None], *, peer: Peer, role: Role, last: int = 0
    ) -> Follower:
        """`after`: the last event that the client has; None: it wants the `last` ones that there are, and new ones.
        Raises Overloaded."""
        newest = await self.queries.last_event_id()
        place = self._quota.hold(peer, role)
        if not place.take():
            raise Overloaded(f"too many clients follow the events already; a user may have {MOST_EACH}")
        follower = Follower(max(0, newest - last) if after is None else min(after, newest), abort)
        self._followers[follower] = place
        return follower

    def part(self, follower: Follower) -> None:
        follower.leave()
        place = self._followers.pop(follower, None)
        if place:
            place.release()

    def _tell(self, event: StreamEvent) -> None:
        for follower in self._followers:
            if not follower.has_left and not follower.tell(event):
                self.dropped += 1


class EventStream:
    """The answer to a client that has joined: goes on until one of the two sides leaves. Its first line tells where it
    begins, so that a client that has not seen any event yet can resume there."""

    def __init__(self, streams: Streams, follower: Follower) -> None:
        self._streams, self._follower = streams, follower

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watch = asyncio.create_task(self._watch(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await _write(send, b"id: %d\n\n: cortex\n\n" % self._follower.last_id)
            await self._tell_all(send)
            await send({"type": "http.response.body", "body": b""})
        finally:
            watch.cancel()
            self._streams.part(self._follower)

    async def _tell_all(self, send: Send) -> None:
        while not self._follower.has_left:
            events = await self._follower.next(self._streams.queries)
            if events:
                await _write(send, b"".join(map(event_bytes, events)))
            elif not await self._follower.wait(HEARTBEAT_S):
                await _write(send, b": nothing new\n\n")

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._follower.leave()


async def _write(send: Send, content: bytes) -> None:
    await send({"type": "http.response.body", "body": content, "more_body": True})

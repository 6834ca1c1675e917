from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Scope

from probed.api import follower as followers
from probed.api.peer import Peer
from probed.api.stream import MOST_EACH, MOST_FOLLOWERS, RESERVED
from probed.core.event import StreamEvent
from tests.api.asgi import OPERATOR, ROOT, app_of, ask, scope_of
from tests.api.fakes import World
from tests.factories import NOW

PATH = "/api/v1/events"


@dataclass
class Reader:
    """A client of the stream; `reads` is cleared to let it stop reading."""

    messages: list[Message] = field(default_factory=list)
    reads: asyncio.Event = field(default_factory=asyncio.Event)
    aborted: bool = False

    def __post_init__(self) -> None:
        self.left = asyncio.Event()
        self.news = asyncio.Event()
        self.reads.set()

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self.reads.wait()
        self.messages.append(message)
        self.news.set()

    def abort(self) -> None:
        self.aborted = True
        self.left.set()
        self.reads.set()

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.messages).decode()

    @property
    def ids(self) -> list[int]:
        """Of the events."""
        return [int(id_) for id_ in re.findall(r"^id: (\d+)\nevent: ", self.text, re.MULTILINE)]

    async def until(self, last_id: int) -> None:
        await self.until_true(lambda: bool(self.ids) and self.ids[-1] >= last_id)

    async def until_true(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not holds():
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def following(app: ASGIApp, query: str = "", peer: Peer = OPERATOR, **headers: str) -> AsyncIterator[Reader]:
    reader = Reader()
    scope = scope_of("GET", PATH + query, {name.replace("_", "-"): value for name, value in headers.items()}, peer)
    scope["state"]["abort"] = reader.abort
    task = asyncio.create_task(_call(app, scope, reader))
    await reader.until_true(lambda: len(reader.messages) >= 2)
    yield reader
    reader.left.set()
    reader.reads.set()
    await asyncio.wait_for(task, 60)


async def _call(app: ASGIApp, scope: Scope, reader: Reader) -> None:
    await app(scope, reader.receive, reader.send)


async def test_an_event_reaches_the_client_as_server_sent_event() -> None:
    world = World()
    async with following(app_of(world)) as reader:
        assert reader.messages[0]["status"] == 200
        assert (b"content-type", b"text/event-stream; charset=utf-8") in reader.messages[0]["headers"]
        world.stream.publish(type="run.ended", state="ok")
        await reader.until(1)
        _, name, data = reader.text.strip().splitlines()[-3:]
    assert name == "event: run.ended"
    assert json.loads(data.removeprefix("data: "))["data"] == {"state": "ok"}


async def test_without_a_last_event_only_new_ones_come() -> None:
    world = World()
    world.stream.store()
    async with following(app_of(world)) as reader:
        world.stream.publish()
        await reader.until(2)
        assert reader.ids == [2]


@pytest.mark.parametrize(
    ("query", "headers", "first"),
    [
        ("?after=0", {}, 1),
        ("?after=3", {}, 4),
        ("", {"last_event_id": "3"}, 4),
        ("?after=1", {"last_event_id": "3"}, 4),
        ("?last=2", {}, 4),
        ("?last=9", {}, 1),
        ("?last=2", {"last_event_id": "1"}, 2),
    ],
)
async def test_a_client_goes_on_where_it_stopped(query: str, headers: dict[str, str], first: int) -> None:
    world = World()
    for _ in range(5):
        world.stream.store()
    async with following(app_of(world), query, OPERATOR, **headers) as reader:
        await reader.until(5)
        world.stream.publish()
        await reader.until(6)
        assert reader.ids == list(range(first, 7))


@pytest.mark.parametrize(
    ("query", "headers", "named"),
    [
        ("?after=-1", {}, "after"),
        ("?after=x", {}, "after"),
        ("?after=" + "9" * 30, {}, "after"),
        ("?since=1", {}, "since"),
        ("", {"Last-Event-ID": "x"}, "Last-Event-ID"),
    ],
)
async def test_a_last_event_that_is_no_number_is_refused(query: str, headers: dict[str, str], named: str) -> None:
    answer = await ask(app_of(World()), "GET", PATH + query, headers=headers)
    assert (answer.status, answer.error["field"]) == (400, named)


async def test_a_last_event_that_is_still_to_come_counts_as_the_newest() -> None:
    world = World()
    world.stream.store()
    async with following(app_of(world), "?after=1000") as reader:
        world.stream.publish()
        await reader.until(2)
        assert reader.ids == [2]


async def test_what_happens_while_the_past_is_read_is_told_once() -> None:
    world = World()
    for _ in range(450):
        world.stream.store()
    stored = world.queries.events

    async def slow(after: int, limit: int) -> Any:
        page = await stored(after, limit)
        for _ in range(100):
            world.stream.publish()
        await asyncio.sleep(0)
        return page

    world.queries.events = slow  # type: ignore[method-assign]
    async with following(app_of(world), "?after=0") as reader:
        await reader.until(450)
        world.queries.events = stored  # type: ignore[method-assign]
        last = world.stream.publish()
        await reader.until(last.id)
        assert reader.ids == list(range(1, last.id + 1))
        assert not reader.aborted


def test_what_waits_for_a_client_that_catches_up_is_bounded_and_no_reason_to_drop_it() -> None:
    dropped: list[bool] = []
    follower = followers.Follower(0, lambda: dropped.append(True))
    kept = [follower.tell(StreamEvent(number, NOW, "daemon.notice", "", {})) for number in range(5000)]
    assert all(kept)
    assert not dropped
    assert len(follower._waiting) <= followers.MOST_WAITING


async def test_an_event_that_was_not_told_live_is_read_from_the_store() -> None:
    world = World()
    async with following(app_of(world)) as reader:
        world.stream.publish()
        await reader.until(1)
        world.stream.store()
        world.stream.publish()
        await reader.until(3)
        assert reader.ids == [1, 2, 3]


async def test_live_events_may_come_in_any_order_and_twice() -> None:
    world = World()
    chance = random.Random(7)
    async with following(app_of(world)) as reader:
        for _ in range(20):
            events = [world.stream.store() for _ in range(10)]
            told = [*events, *chance.sample(events, 3)]
            chance.shuffle(told)
            for event in told:
                world.stream.tell(event)
                await asyncio.sleep(0)
        await reader.until(200)
        assert reader.ids == list(range(1, 201))


async def test_told_in_order_nothing_is_read_from_the_store() -> None:
    world = World()
    async with following(app_of(world)) as reader:
        world.stream.publish()
        await reader.until(1)
        before = len(world.queries.asked)
        for _ in range(50):
            world.stream.publish()
        await reader.until(51)
        assert len(world.queries.asked) == before


async def test_a_client_that_does_not_read_is_cut_off_and_the_others_are_not() -> None:
    world = World()
    app = app_of(world)
    async with following(app) as slow, following(app) as quick:
        slow.reads.clear()
        for number in range(followers.MOST_WAITING + 10):
            world.stream.publish()
            await quick.until(number + 1)
        assert slow.aborted
        assert not quick.aborted
    metrics = (await ask(app, "GET", "/metrics")).body.decode()
    assert "cortex_event_followers_dropped_total 1\n" in metrics
    assert "cortex_event_followers 0\n" in metrics


async def test_a_quiet_stream_shows_that_it_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.api.stream.HEARTBEAT_S", 0.01)
    async with following(app_of(World())) as reader:
        await reader.until_true(lambda: reader.text.count(": nothing new\n\n") >= 2)
        assert reader.ids == []


async def test_a_stream_says_at_once_where_it_begins() -> None:
    world = World()
    for _ in range(3):
        world.stream.store()
    async with following(app_of(world)) as reader:
        assert reader.text == "id: 3\n\n: cortex\n\n"
        assert reader.ids == []
        world.stream.publish()
        await reader.until(4)


def operator(number: int) -> Peer:
    return replace(OPERATOR, uid=OPERATOR.uid + number)


async def test_nobody_takes_all_the_places_of_the_stream() -> None:
    app = app_of(World())
    places = MOST_FOLLOWERS - RESERVED
    async with AsyncExitStack() as streams:
        for number in range(places):
            await streams.enter_async_context(following(app, peer=operator(number // MOST_EACH)))
        refused = [await ask(app, "GET", PATH, peer=operator(number)) for number in (0, places // MOST_EACH)]
        assert [(answer.status, answer.error["code"]) for answer in refused] == [(503, "overloaded")] * 2
        for _ in range(RESERVED):
            await streams.enter_async_context(following(app, peer=ROOT))
        assert (await ask(app, "GET", PATH, peer=ROOT)).status == 503
    async with following(app, peer=operator(0)):
        pass


async def test_a_user_has_so_many_streams() -> None:
    app = app_of(World())
    async with AsyncExitStack() as streams:
        for _ in range(MOST_EACH):
            await streams.enter_async_context(following(app))
        assert (await ask(app, "GET", PATH, peer=OPERATOR)).status == 503
        async with following(app, peer=operator(1)):
            pass


async def test_only_the_head_of_the_stream_can_be_asked_for() -> None:
    answer = await ask(app_of(World()), "HEAD", PATH)
    assert (answer.status, answer.body) == (200, b"")


async def test_a_client_that_leaves_is_forgotten() -> None:
    world = World()
    app = app_of(world)
    async with following(app):
        pass
    world.stream.tell(StreamEvent(1, NOW, "daemon.notice", "", {}))
    assert "cortex_event_followers 0\n" in (await ask(app, "GET", "/metrics")).body.decode()

"""Where everything on the screen comes from: when it is read, and what is said when it cannot be."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from cortexctl.client import Client
from cortexctl.failure import Garbled, Rejected, Unreachable
from cortexctl.tui import source as sources
from cortexctl.tui.aside import aside
from cortexctl.tui.screens.overview import Overview
from cortexctl.tui.snapshot import Snapshot
from cortexctl.tui.source import Source
from cortexctl.tui.watch import MOST_EVENTS
from cortexctl.tui.widgets import verdict
from probed.wire import paths
from probed.wire.problem import ProblemCode
from probed.wire.status import StatusShape
from tests.cortexctl.stub_daemon import StubDaemon, hang
from tests.cortexctl.tui import samples
from tests.cortexctl.tui.feed import Feed
from tests.cortexctl.tui.screen import dashboard

STATUS = f"GET {paths.STATUS}"
EVENTS = f"GET {paths.EVENTS}"


class Reading:
    def __init__(self) -> None:
        self.snapshots: list[Snapshot] = []
        self._news = asyncio.Event()

    @property
    def last(self) -> Snapshot:
        return self.snapshots[-1]

    def take(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)
        self._news.set()

    async def until(self, holds: Callable[[Snapshot], object]) -> Snapshot:
        async with asyncio.timeout(60):
            while not (self.snapshots and holds(self.last)):
                self._news.clear()
                await self._news.wait()
        return self.last


@asynccontextmanager
async def reading(path: Path) -> AsyncIterator[tuple[Reading, Source]]:
    told = Reading()
    source = Source(Client(str(path), timeout_s=60.0), told.take)
    task = asyncio.create_task(source.run())
    yield told, source
    task.cancel()
    await asyncio.wait([task])


def shows(snapshot: Snapshot, status: StatusShape) -> bool:
    return snapshot.status == status


def status_requests(daemon: StubDaemon) -> int:
    return sum(request.path == paths.STATUS for request in daemon.requests)


async def test_what_happened_lately_is_there_at_once_the_newest_first(atlas: StubDaemon) -> None:
    async with reading(atlas.path) as (told, _):
        snapshot = await told.until(lambda snapshot: len(snapshot.events) == len(samples.EVENTS))
    assert [event.id for event in snapshot.events] == [event.id for event in reversed(samples.EVENTS)]
    assert any(request.query == f"last={MOST_EVENTS}" for request in atlas.requests)


@pytest.mark.alone
async def test_an_event_is_followed_by_a_new_status_within_a_fifth_of_a_second(atlas: StubDaemon, feed: Feed) -> None:
    took_s = []
    async with reading(atlas.path) as (told, _):
        await told.until(lambda snapshot: snapshot.events)
        for number in range(500, 505):
            await asyncio.sleep(0.2)
            status = replace(samples.CALM, host=f"atlas-{number}")
            atlas.answer(STATUS, status)
            began = time.monotonic()
            feed.tell(samples.event(number, "run.ended", "r", 0, inspection="disks", state="ok", verdict="ok"))
            await told.until(partial(shows, status=status))
            took_s.append(time.monotonic() - began)
    assert min(took_s) < 0.2, took_s  # the least, for the machine may be busy with something else


async def test_a_storm_of_events_is_read_a_few_times_only(atlas: StubDaemon, feed: Feed) -> None:
    async with reading(atlas.path) as (told, _):
        await told.until(lambda snapshot: snapshot.events)
        await asyncio.sleep(0.3)
        before, began = status_requests(atlas), time.monotonic()
        for number in range(1000, 2500):
            feed.tell(samples.event(number, "run.ended", "r", 0, inspection="disks", state="ok"))
        snapshot = await told.until(lambda snapshot: snapshot.events[0].id == 2499)
        took_s = time.monotonic() - began
    assert status_requests(atlas) - before <= 3 + took_s / sources.REST_S
    assert len(snapshot.events) == MOST_EVENTS


async def test_without_events_it_is_read_again_after_a_while(
    atlas: StubDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "HEARTBEAT_S", 0.1)
    async with reading(atlas.path) as (told, _):
        await told.until(lambda snapshot: snapshot.events)
        atlas.answer(STATUS, samples.CALM)
        await told.until(lambda snapshot: snapshot.status == samples.CALM)


async def test_a_daemon_that_restarts_is_found_again_and_nothing_is_missed(atlas: StubDaemon, feed: Feed) -> None:
    async with reading(atlas.path) as (told, _):
        await told.until(lambda snapshot: snapshot.events)
        atlas.__exit__()
        lost = await told.until(lambda snapshot: snapshot.failure)
        assert isinstance(lost.failure, Unreachable)
        assert lost.status == samples.STATUS

        missed = samples.event(500, "run.ended", "r", 0, inspection="disks", state="ok")
        again = Feed(missed)
        with StubDaemon(atlas.path) as restarted:
            restarted.answer(STATUS, samples.CALM)
            restarted.misbehave(EVENTS, again)
            found = await told.until(lambda snapshot: snapshot.failure is None and snapshot.events[0].id == 500)
        resumed = next(request for request in restarted.requests if request.path == paths.EVENTS)
    assert found.status == samples.CALM
    assert resumed.headers["last-event-id"] == str(samples.EVENTS[-1].id)
    assert len(found.events) == len(samples.EVENTS) + 1


async def test_an_answer_of_another_version_is_said_and_nothing_is_drawn_from_it(atlas: StubDaemon) -> None:
    atlas.answer(STATUS, {"host": "atlas"})
    async with reading(atlas.path) as (told, _):
        snapshot = await told.until(lambda snapshot: snapshot.failure)
    assert isinstance(snapshot.failure, Garbled)
    assert "StatusShape.verdict is missing" in snapshot.failure.message
    assert snapshot.status is None


async def test_a_stream_that_is_refused_leaves_the_status_and_says_so(atlas: StubDaemon) -> None:
    atlas.refuse(EVENTS, 503, ProblemCode.OVERLOADED, "32 clients follow the events already")
    async with reading(atlas.path) as (told, _):
        snapshot = await told.until(lambda snapshot: snapshot.status and snapshot.failure)
    assert isinstance(snapshot.failure, Rejected)
    assert snapshot.failure.message == "32 clients follow the events already"


async def test_a_thread_that_hangs_keeps_nobody() -> None:
    over = threading.Event()
    waiting = asyncio.create_task(aside(lambda: over.wait(30)))
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "cortexctl-aside")
    over.set()


async def test_what_fails_aside_fails_where_it_is_awaited() -> None:
    with pytest.raises(ZeroDivisionError):
        await aside(lambda: 1 // 0)


async def test_a_lost_daemon_is_said_and_its_return_seen(atlas: StubDaemon) -> None:
    async with dashboard(atlas.path) as face:
        assert "NOT LIVE" not in face.text
        atlas.__exit__()
        await face.shows("NOT LIVE  no daemon is running")
        await face.shows("What is shown is")
        assert "php8.2-fpm" in face.text

        with StubDaemon(atlas.path) as restarted:
            restarted.answer(STATUS, replace(samples.CALM, host="atlas-again"))
            restarted.misbehave(EVENTS, Feed(*samples.EVENTS))
            await face.shows("atlas-again: ok")
            await face.until(lambda: "NOT LIVE" not in face.text, "no banner")


async def test_an_old_answer_is_no_answer(atlas: StubDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "STALE_S", 0.5)
    atlas.answer(STATUS, samples.CALM)
    async with dashboard(atlas.path) as face:
        atlas.__exit__()
        await face.shows("atlas: unknown; it was ok")
        assert isinstance(face.app.screen, Overview)
        assert face.app.screen.verdict.has_class("-unknown")
        assert not face.app.screen.verdict.has_class("-ok")


async def test_it_starts_before_the_daemon(tmp_path: Path) -> None:
    socket = tmp_path / "s"
    async with dashboard(socket, is_live=False) as face:
        await face.shows("nothing is known yet")
        await face.shows("NOT LIVE  no daemon is running: there is no socket")
        with StubDaemon(socket) as late:
            late.answer(STATUS, samples.CALM)
            late.misbehave(EVENTS, Feed())
            await face.shows("atlas: ok")


async def test_a_daemon_that_hangs_is_said_to(atlas: StubDaemon) -> None:
    atlas.misbehave(STATUS, hang)
    async with dashboard(atlas.path, is_live=False, timeout_s=2.0) as face:
        await face.shows("NOT LIVE  no answer within 2 s")

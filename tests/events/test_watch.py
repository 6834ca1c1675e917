"""Sources that come and go as the test says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from probed.core.host_event import ANY, Concern, EventSource, HostEvent
from probed.errors import HostFailed, NotHere
from probed.events import watch
from probed.events.source import Listener
from probed.events.watch import EventWatch

UNITS = {EventSource.SYSTEMD: frozenset([Concern(EventSource.SYSTEMD)])}


class Scripted:
    """One source for all; it is lost when the test puts an error there."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.lost: asyncio.Queue[Exception] = asyncio.Queue()
        self.refuses: Exception | None = None

    async def follow(self, listener: Listener) -> None:
        self.listeners.append(listener)
        if self.refuses:
            raise self.refuses
        listener.live()
        raise await self.lost.get()


class World:
    def __init__(self) -> None:
        self.source, self.events = Scripted(), list[HostEvent]()
        self.watch = EventWatch(self.events.append, lambda _: self.source.follow)

    async def turns(self, times: int = 20) -> None:
        for _ in range(times):
            await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def watching(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(watch, "FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr(watch, "LONGEST_PAUSE_S", 0.0)
    world = World()
    try:
        yield world
    finally:
        await world.watch.stop()


async def test_events_reach_the_engine_and_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    async with watching(monkeypatch) as world:
        world.watch.want(UNITS)
        await world.turns()
        world.source.listeners[0].tell("web.service")

        assert world.events == [HostEvent(EventSource.SYSTEMD, "web.service")]
        [facts] = world.watch.facts()
        assert (facts.words, facts.told, world.watch.notes()) == ("live", 1, [])


async def test_a_source_that_dies_is_said_and_once_it_is_back_all_that_it_concerns_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with watching(monkeypatch) as world:
        monkeypatch.setattr(watch, "FIRST_PAUSE_S", 3600.0)
        monkeypatch.setattr(watch, "LONGEST_PAUSE_S", 3600.0)
        world.watch.want(UNITS)
        await world.turns()
        world.source.lost.put_nowait(HostFailed("the bus is gone"))
        await world.turns()

        [note] = world.watch.notes()
        assert note == ("no events from systemd: what it concerns is looked at by schedule only (the bus is gone)")
        [facts] = world.watch.facts()
        assert (facts.words, facts.losses) == ("polled: the bus is gone", 1)


async def test_a_source_that_is_back_has_everything_looked_at_that_it_concerns(monkeypatch: pytest.MonkeyPatch) -> None:
    async with watching(monkeypatch) as world:
        world.watch.want(UNITS)
        await world.turns()
        assert world.events == []
        world.source.lost.put_nowait(EOFError())
        await world.turns()

        assert world.events == [HostEvent(EventSource.SYSTEMD, ANY)]
        assert (world.watch.facts()[0].words, world.watch.notes()) == ("live", [])


async def test_the_pauses_between_attempts_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    real = asyncio.sleep

    async def sleep(pause_s: float) -> None:
        pauses.append(pause_s)
        await real(0 if len(pauses) < 9 else 3600)

    world = World()
    world.source.refuses = HostFailed("refused")
    monkeypatch.setattr(asyncio, "sleep", sleep)
    world.watch.want(UNITS)
    for _ in range(50):
        await real(0)
    await world.watch.stop()

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_what_the_host_does_not_have_is_no_note_and_what_the_daemon_may_not_see_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with watching(monkeypatch) as world:
        monkeypatch.setattr(watch, "LONGEST_PAUSE_S", 3600.0)
        world.source.refuses = NotHere("Docker engine")
        world.watch.want(UNITS)
        await world.turns()
        assert world.watch.notes() == []
        assert world.watch.facts()[0].words == "polled: no Docker engine on this host"

        world.watch.want({})
        world.source.refuses = NotHere("the Docker engine", "add the daemon's user to the group docker")
        world.watch.want(UNITS)
        await world.turns()
        assert "add the daemon's user to the group docker" in world.watch.notes()[0]


async def test_a_source_that_breaks_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with watching(monkeypatch) as world:
        world.watch.want(UNITS)
        await world.turns()
        world.source.lost.put_nowait(ZeroDivisionError())
        await world.turns()

        assert len(world.source.listeners) == 2
        assert "the events of systemd broke" in caplog.text


async def test_only_what_is_concerned_and_enabled_is_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    async with watching(monkeypatch) as world:
        world.watch.want(UNITS, enabled=())
        await world.turns()
        assert world.source.listeners == []

        world.watch.want(UNITS)
        await world.turns()
        world.watch.want(UNITS)
        await world.turns()
        assert len(world.source.listeners) == 1, "it goes on as it was"

        world.watch.want({EventSource.SYSTEMD: frozenset([Concern(EventSource.SYSTEMD, ("web.service",))])})
        await world.turns()
        assert len(world.source.listeners) == 2
        world.watch.want({})
        assert world.watch.facts() == ()

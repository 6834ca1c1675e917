from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from probed.core.event import StreamEvent
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from tests.factories import NOW, HandClock


async def publish(monitor: SqliteMonitor, *subjects: str) -> None:
    async with monitor.transaction() as tx:
        for subject in subjects:
            await tx.stream.publish("run.ended", subject, {"verdict": "ok"})


async def test_events_are_stored_in_order_and_can_be_resumed(monitor: SqliteMonitor) -> None:
    await publish(monitor, "a", "b")
    await publish(monitor, "c")

    assert await monitor.events(0, 10) == [
        StreamEvent(number, NOW, "run.ended", subject, {"verdict": "ok"}) for number, subject in enumerate("abc", 1)
    ]
    assert [event.id for event in await monitor.events(1, 10)] == [2, 3]
    assert [event.id for event in await monitor.events(0, 2)] == [1, 2]
    assert await monitor.last_event_id() == 3


async def test_an_empty_stream_has_the_id_zero(monitor: SqliteMonitor) -> None:
    assert await monitor.last_event_id() == 0


async def test_listeners_hear_of_events_in_order_once_they_are_stored(monitor: SqliteMonitor) -> None:
    heard: list[StreamEvent] = []
    monitor.subscribe(heard.append)

    async with monitor.transaction() as tx:
        await tx.stream.publish("run.started", "a", {})
        await tx.stream.publish("run.ended", "b", {"verdict": "ok"})
        await asyncio.sleep(0)
        assert heard == []
    await publish(monitor, "c")
    await asyncio.sleep(0)

    assert heard == await monitor.events(0, 10)
    assert [event.id for event in heard] == [1, 2, 3]


async def test_listeners_hear_nothing_of_what_was_rolled_back(monitor: SqliteMonitor) -> None:
    heard: list[StreamEvent] = []
    monitor.subscribe(heard.append)

    with suppress(LookupError):
        async with monitor.transaction() as tx:
            await tx.stream.publish("run.ended", "lost", {})
            raise LookupError
    await publish(monitor, "kept")
    await asyncio.sleep(0)

    assert [(event.id, event.subject) for event in heard] == [(1, "kept")]


async def test_who_unsubscribes_hears_no_more(monitor: SqliteMonitor) -> None:
    heard: list[StreamEvent] = []
    others: list[StreamEvent] = []
    unsubscribe = monitor.subscribe(heard.append)
    monitor.subscribe(others.append)

    await publish(monitor, "a")
    unsubscribe()
    unsubscribe()
    await publish(monitor, "b")
    await asyncio.sleep(0)

    assert [event.subject for event in heard] == ["a"]
    assert [event.subject for event in others] == ["a", "b"]


async def test_a_listener_that_fails_hurts_neither_the_writer_nor_the_others(monitor: SqliteMonitor) -> None:
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    heard: list[StreamEvent] = []

    def fail(event: StreamEvent) -> None:
        raise LookupError(event.subject)

    monitor.subscribe(fail)
    monitor.subscribe(heard.append)
    await publish(monitor, "a")
    await asyncio.sleep(0)

    assert [event.subject for event in heard] == ["a"]
    assert [str(failure["exception"]) for failure in failures] == ["a"]


async def test_ids_go_on_after_a_restart(monitor: SqliteMonitor, clock: HandClock) -> None:
    await publish(monitor, "a")
    again = await open_monitor(monitor.path, clock)

    await publish(again, "b")

    assert [event.id for event in await again.events(0, 10)] == [1, 2]
    await again.close()

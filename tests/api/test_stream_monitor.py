"""The stream over the real monitor: transactions commit while clients come and go."""

from __future__ import annotations

import asyncio
import contextlib
import random
from pathlib import Path

from probed.monitor.sqlite import SqliteMonitor, open_monitor
from tests.api.asgi import ROOT, app_of
from tests.api.fakes import World
from tests.api.test_stream import following
from tests.factories import HandClock

TRANSACTIONS = 60


async def publish(monitor: SqliteMonitor, chance: random.Random) -> None:
    """Transactions of several events; some are rolled back."""
    for number in range(TRANSACTIONS):
        with contextlib.suppress(RollBack):
            await commit(monitor, chance.randint(1, 12), number, keep=chance.random() < 0.8)
        await asyncio.sleep(0)


async def commit(monitor: SqliteMonitor, events: int, number: int, *, keep: bool) -> None:
    async with monitor.transaction() as tx:
        for _ in range(events):
            await tx.stream.publish("case.changed", f"case-{number}", {"severity": "info"})
        if not keep:
            raise RollBack


class RollBack(Exception):
    """The transaction is not to be kept."""


async def test_whenever_a_client_comes_it_misses_nothing_and_hears_nothing_twice(tmp_path: Path) -> None:
    chance = random.Random(11)
    monitor = await open_monitor(tmp_path / "monitor.db", HandClock())
    app = app_of(World(), queries=monitor, subscribe=monitor.subscribe)
    finished = asyncio.Event()
    follows = [asyncio.Event() for _ in range(22)]

    async def follow(number: int, delay_s: float, had: float | None) -> tuple[int | None, list[int]]:
        """`had`: how much of the stream the client has already, from 0 to 1."""
        await asyncio.sleep(delay_s)
        after = None if had is None else int(had * await monitor.last_event_id())
        async with following(app, "" if after is None else f"?after={after}", ROOT) as reader:
            follows[number].set()
            await finished.wait()
            await reader.until(await monitor.last_event_id())
            return after, reader.ids

    try:
        starts = [(chance.random() / 4, chance.choice([None, 0.0, 1.0, chance.random()])) for _ in range(20)]
        starts = [(0.0, 0.0), (0.0, None), *starts]
        tasks = [asyncio.create_task(follow(number, *start)) for number, start in enumerate(starts)]
        await asyncio.sleep(0.05)
        await publish(monitor, chance)
        for each in follows:  # each hears of the last one at least
            await each.wait()
        await commit(monitor, 1, TRANSACTIONS, keep=True)
        last = await monitor.last_event_id()
        finished.set()
        heard = await asyncio.gather(*tasks)
    finally:
        await monitor.close()

    assert last > TRANSACTIONS
    for after, ids in heard:
        assert ids == list(range(ids[0], last + 1))
        assert after is None or ids[0] == after + 1

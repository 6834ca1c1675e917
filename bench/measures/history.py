"""How much room a year of measured numbers takes: written, rolled up and let go hour by hour as the daemon does it, in
a year that passes in minutes."""

from __future__ import annotations

import asyncio
import math
import random
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.effort import Effort
from bench.row import Row, at_most
from probed.core.observation import Observation
from probed.daemon.clock import SystemClock
from probed.monitor.retention import Lifetimes, Retention
from probed.monitor.room import give_pages_back, used_bytes
from probed.monitor.sqlite import SqliteMonitor, open_monitor

BOUND_MB = 100.0
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
PACE_S = 15.0
SERIES = 40
"""The shipped documents have 16 on a host with four file systems."""
COMERS_AN_HOUR = 8.34
"""Containers that come and go, each measured for a quarter of an hour: 200 a day."""
COMERS_STAY = 5
"""Numbers of each."""


def measure(effort: Effort) -> Sequence[Row]:
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as name:
        path = Path(name) / "monitor.db"
        asyncio.run(_live(path, effort.history_days))
        mb = used_bytes(path) / 1e6
    title = f"history: {SERIES} series each {PACE_S:.0f} s and 200 new a day for {effort.history_days} days"
    return [Row(title, mb, "MB", limit=at_most(BOUND_MB))]


async def _live(path: Path, days: int) -> None:
    monitor = await open_monitor(path, SystemClock())
    try:
        for day in range(days):
            await _day(monitor, BEGAN + timedelta(days=day), is_detailed=day >= days - 3)
    finally:
        await monitor.close()


async def _day(monitor: SqliteMonitor, began: datetime, is_detailed: bool) -> None:
    """Old days only leave rolled-up numbers: two in five minutes leave the same rows as twenty."""
    pace_s = PACE_S if is_detailed else 150.0
    chance = random.Random(began.timestamp())
    for hour in range(24):
        now = began + timedelta(hours=hour)
        async with monitor.transaction() as tx:
            for at in _moments(now, pace_s):
                await tx.samples.add("check", [_number(each, at, chance) for each in range(SERIES)], at)
            for comer in _comers(began, hour):
                for minute in range(0, 3 * COMERS_STAY, 3):
                    at = now + timedelta(minutes=minute)
                    await tx.samples.add("docker_container", [_number(comer, at, chance)], at)
        await monitor.roll_up(now + timedelta(hours=1))
    await Retention(monitor.transaction, began + timedelta(days=1)).prune(Lifetimes())
    await asyncio.to_thread(give_pages_back, monitor.path)


def _comers(day: datetime, hour: int) -> range:
    """Whom nobody has seen before."""
    hours = (day - BEGAN).days * 24 + hour
    return range(int(hours * COMERS_AN_HOUR), int((hours + 1) * COMERS_AN_HOUR))


def _moments(hour: datetime, pace_s: float) -> Iterator[datetime]:
    return (hour + timedelta(seconds=n * pace_s) for n in range(int(3600 / pace_s)))


def _number(series: int, at: datetime, chance: random.Random) -> Observation:
    """A daily wave with noise, to a tenth of a percent, as checks say it: no number is like the one before."""
    wave = math.sin(at.timestamp() / 86400 * 2 * math.pi + series)
    return Observation(f"object-{series}", "", round(40 + 20 * wave + chance.gauss(0, 3), 1), "%")

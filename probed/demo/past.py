"""A week that the shop has behind it: how its folder of orders grew, so that there is something to look back on."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

WEEK = timedelta(days=7)
STEP = timedelta(minutes=10)
ORDERS_KIB = 600
"""What it holds now."""
GROWN_KIB = 350
"""Of that, within the week."""
DAY_KIB = 30
"""What a night's cleaning takes away again."""


def write_orders(folder: Path) -> None:
    folder.mkdir()
    for number in range(ORDERS_KIB // 100):
        (folder / f"{number}.json").write_bytes(b" " * 100 * 1024)


def write_past(database: Path, folder: Path) -> None:
    """As the check `folder` would have measured it."""
    asyncio.run(_write(database, f"{folder} size"))


async def _write(database: Path, object_: str) -> None:
    from probed.core.observation import Observation
    from probed.daemon.clock import SystemClock
    from probed.monitor.sqlite import open_monitor

    now = datetime.now(UTC)
    monitor = await open_monitor(database, SystemClock())
    try:
        async with monitor.transaction() as tx:
            for step in range(WEEK // STEP):
                ago = WEEK - step * STEP
                size = Observation(object_, "", float(_size_kib(ago / WEEK) * 1024), "bytes")
                await tx.samples.add("folder", [size], now - ago)
        await monitor.roll_up(now)
    finally:
        await monitor.close()


def _size_kib(ago: float) -> int:
    """`ago`: in weeks."""
    return round(ORDERS_KIB - GROWN_KIB * ago + DAY_KIB * math.sin(ago * 7 * 2 * math.pi))

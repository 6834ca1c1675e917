from __future__ import annotations

import asyncio
import time

from probed.daemon import loop_lag
from probed.daemon.loop_lag import LoopLag


async def test_a_call_that_blocks_the_loop_is_seen() -> None:
    lag = LoopLag()
    watching = asyncio.create_task(lag.watch())
    await asyncio.sleep(0.3)
    calm_ms = lag.worst_ms()

    time.sleep(0.6)  # noqa: ASYNC251  # the fault to be seen
    await asyncio.sleep(0.3)

    assert calm_ms < 200
    assert 300 <= lag.worst_ms() < 1500
    watching.cancel()


async def test_a_delay_under_way_counts_already() -> None:
    lag = LoopLag()
    watching = asyncio.create_task(lag.watch())
    await asyncio.sleep(0)

    time.sleep(0.6)  # noqa: ASYNC251  # the fault to be seen

    assert lag.worst_ms() >= 300
    watching.cancel()


async def test_old_delays_are_forgotten() -> None:
    lag = LoopLag()
    lag._samples.append((time.monotonic() - loop_lag.WINDOW_S - 1, 5.0))

    assert lag.worst_ms() == 0.0

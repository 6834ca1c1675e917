"""What goes on beside the daemon's work, for as long as it runs: each is a loop without an end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from loguru import logger

from probed.config.monitor import MonitorSettings
from probed.daemon.clock import SystemClock
from probed.daemon.memory import give_back, settle
from probed.engine.correlation import Correlation
from probed.errors import CortexError
from probed.monitor.retention import Lifetimes
from probed.monitor.series import refusals
from probed.monitor.sqlite import SqliteMonitor

PRUNE_AFTER_START_S = 300.0
"""Once all is calm; a host that is seldom on for a whole hour has to stay within its bounds, too."""
PRUNE_EVERY_S = 3600.0
ROLL_UP_EVERY_S = 300.0
TIDY_AFTER_START_S = 4.0
TIDY_EVERY_S = 600.0
READ_DEPENDENCIES_EVERY_S = 300.0


async def prune(monitor: SqliteMonitor, keep: MonitorSettings, clock: SystemClock) -> None:
    await asyncio.sleep(PRUNE_AFTER_START_S)
    while True:
        await _turn(lambda: monitor.prune(clock.now(), lifetimes(keep), keep.max_size), "old rows were not removed")
        await asyncio.sleep(PRUNE_EVERY_S)


async def roll_up(monitor: SqliteMonitor, clock: SystemClock) -> None:
    said = set[str]()
    while True:
        await asyncio.sleep(ROLL_UP_EVERY_S)
        await _turn(lambda: _roll_up(monitor, clock, said), "measured numbers were not rolled up")


async def _roll_up(monitor: SqliteMonitor, clock: SystemClock, said: set[str]) -> None:
    """`said`: of which checks there were too many numbers, also when that is so from time to time."""
    for check, refusal in refusals(await monitor.series_by_check()).items():
        if check not in said:
            logger.warning("{}", refusal)
            said.add(check)
    await monitor.roll_up(clock.now())


async def _turn(work: Callable[[], Awaitable[object]], failed: str) -> None:
    """One that breaks must not be the last."""
    try:
        await work()
    except CortexError as error:
        logger.error("{}: {}", failed, error)
    except Exception:  # noqa: BLE001 - recorded
        logger.exception(failed)


async def settle_transcripts(monitor: SqliteMonitor) -> None:
    """Once: a crash, or a restore, may have left files without rows, or rows without files."""
    try:
        await monitor.transcripts.reconcile()
    except CortexError as error:
        logger.error("the folder of transcripts was not put in order: {}", error)


def lifetimes(keep: MonitorSettings) -> Lifetimes:
    return Lifetimes(
        keep.keep_samples,
        keep.keep_reports,
        keep.keep_events,
        keep.keep_alerts,
        keep.keep_changes,
        keep.keep_intents,
        keep.keep_reports,
        keep.keep_five_minutes,
        keep.keep_hours,
        keep.keep_memories,
    )


async def tidy_memory() -> None:
    """After a start, which takes more than the work that follows, and from time to time."""
    await asyncio.sleep(TIDY_AFTER_START_S)
    settle()
    while True:
        await asyncio.to_thread(give_back)
        await asyncio.sleep(TIDY_EVERY_S)


async def read_dependencies(correlation: Correlation) -> None:
    while True:
        await correlation.refresh()
        await asyncio.sleep(READ_DEPENDENCIES_EVERY_S)

"""How long the event loop stands still while a check compares with a last look that is as large as it may be."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path

from bench.effort import Effort
from bench.row import Row, at_most
from probed.checks.registry import CheckRegistry
from probed.core.inspection import CheckCall
from probed.core.pieces import NOTHING
from probed.daemon.clock import SystemClock
from probed.daemon.workers import WorkerPool
from probed.engine.looking import look
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from probed.ports import Check

BOUND_MS = 20.0
PLACE = ("file_integrity", 0)
LOOKS = 5
BLINK_S = 0.001


def measure(effort: Effort) -> Sequence[Row]:
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as name:
        folder = Path(name) / "files"
        _fill(folder, effort.files)
        stalls_ms = asyncio.run(_stalls(Path(name), folder))
    title = f"memories: longest stall of the event loop, file_integrity with {effort.files} files"
    return [Row(title, statistics.median(stalls_ms), "ms", limit=at_most(BOUND_MS))]


def _fill(folder: Path, count: int) -> None:
    for number in range(count):
        inside = folder / f"some-package-{number // 200:03}"
        inside.mkdir(parents=True, exist_ok=True)
        (inside / f"a-settings-file-of-it-{number:05}.conf").write_text(str(number))


async def _stalls(state: Path, folder: Path) -> list[float]:
    """Of each look with what comes before and after it, in milliseconds."""
    monitor, workers = await open_monitor(state / "monitor.db", SystemClock()), WorkerPool(4)
    check = CheckRegistry().bind(CheckCall("file_integrity", {"paths": str(folder), "max_files": 20_000}))
    try:
        return [await _longest(_look(monitor, workers, check)) for _ in range(LOOKS)]
    finally:
        workers.close()
        await monitor.close()


async def _look(monitor: SqliteMonitor, workers: WorkerPool, check: Check) -> None:
    """As the daemon does it: what was known is read, compared, and written where it is something else now."""
    known = (await monitor.memories("bench")).get(PLACE, NOTHING)
    result = await look(check, workers, 60.0, known=known)
    assert not result.failure, result.failure
    async with monitor.transaction() as tx:
        await tx.memories.save("bench", {PLACE: result.memory} if result.memory else {})


async def _longest(work: Awaitable[None]) -> float:
    """The latest that the loop came back from a blink, in milliseconds."""
    under_way = asyncio.ensure_future(work)
    latest_s = 0.0
    while not under_way.done():
        began = time.perf_counter()
        await asyncio.sleep(BLINK_S)
        latest_s = max(latest_s, time.perf_counter() - began - BLINK_S)
    await under_way
    return 1000 * latest_s

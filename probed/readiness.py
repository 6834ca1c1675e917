"""Whether the daemon really works: each of its parts is tried."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

from probed.daemon.loop_lag import LoopLag
from probed.daemon.scheduler import Planner
from probed.engine.overview import ReadinessProbe
from probed.engine.tick import Ticker
from probed.monitor.sqlite import SqliteMonitor
from probed.ports import Clock

PROBE_WITHIN_S = 2.0
WRITE_COUNTS_S = 10.0
"""For so long a write that went well answers those who only look: who looks often is not to wear the disk, nor to wait
for it."""
LAG_BOUND_MS = 1000.0
SILENCE_BOUND_S = 90.0
"""The engine turns at least every 30 s."""


class Readiness:
    def __init__(self, monitor: SqliteMonitor, planner: Planner, ticker: Ticker, lag: LoopLag, clock: Clock) -> None:
        self._monitor, self._planner, self._ticker, self._lag = monitor, planner, ticker, lag
        self._clock = clock
        self._writing: asyncio.Task[None] | None = None
        self._written_at = -math.inf
        """When a write last went well, by the monotonic clock; never, once one did not."""

    async def probes(self, write_counts_s: float = 0.0) -> Sequence[ReadinessProbe]:
        """Really writes, unless a write that went well is younger than that."""
        is_written = self._clock.monotonic() - self._written_at < write_counts_s
        database = ReadinessProbe("database", True, "") if is_written else await self._database()
        return [database, self._scheduler(), self._loop(), self._engine()]

    async def is_ready(self) -> bool:
        return all(probe.ok for probe in await self.probes())

    async def was_ready(self) -> bool:
        """At most WRITE_COUNTS_S ago, as far as writing goes."""
        return all(probe.ok for probe in await self.probes(WRITE_COUNTS_S))

    async def _database(self) -> ReadinessProbe:
        """A write that hangs is waited for no longer, and no second one is begun behind it."""
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._monitor.probe_write(), name="readiness: database")
        done, _ = await asyncio.wait({self._writing}, timeout=PROBE_WITHIN_S)
        self._written_at = self._clock.monotonic() if done and not self._writing.exception() else -math.inf
        if not done:
            return ReadinessProbe("database", False, f"no write within {PROBE_WITHIN_S:g} s")
        error = self._writing.exception()
        return ReadinessProbe("database", error is None, str(error) if error else "")

    def _scheduler(self) -> ReadinessProbe:
        is_alive = self._planner.is_alive()
        return ReadinessProbe("scheduler", is_alive, "" if is_alive else "it stands still")

    def _loop(self) -> ReadinessProbe:
        lag_ms = self._lag.worst_ms()
        return ReadinessProbe("loop", lag_ms < LAG_BOUND_MS, f"at most {lag_ms:.0f} ms late in the last 10 s")

    def _engine(self) -> ReadinessProbe:
        failures, silent_s = self._ticker.failures, self._ticker.silent_for_s()
        if failures:
            return ReadinessProbe("engine", False, f"{failures} turns in a row failed")
        return ReadinessProbe("engine", silent_s < SILENCE_BOUND_S, f"last turn {silent_s:.0f} s ago")

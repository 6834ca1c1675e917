"""How inspecting begins: everything is planned from when it last ran, and a new installation is swept first."""

from __future__ import annotations

import asyncio

from loguru import logger

from probed.daemon.clock import SystemClock
from probed.daemon.scheduler import Planner
from probed.engine.document_versions import keep_versions
from probed.engine.engine import Engine
from probed.errors import CortexError
from probed.monitor.sqlite import SqliteMonitor

AGAIN_S = 5.0


class Beginning:
    def __init__(
        self, monitor: SqliteMonitor, planner: Planner, engine: Engine, clock: SystemClock, stop: asyncio.Event
    ) -> None:
        self._monitor, self._planner, self._engine, self._clock = monitor, planner, engine, clock
        self._stop = stop

    async def run(self) -> None:
        """Tries until it goes through: as long as the first sweep is not over, nobody is told anything."""
        while not self._stop.is_set():
            try:
                await self._plan_and_sweep()
            except CortexError as error:
                logger.error("inspecting could not begin, next try in {:g} s: {}", AGAIN_S, error)
            except Exception:  # noqa: BLE001 - recorded, and tried again
                logger.exception("inspecting could not begin, next try in {:g} s", AGAIN_S)
            else:
                return
            await asyncio.sleep(AGAIN_S)

    async def _plan_and_sweep(self) -> None:
        inspections = self._engine.catalogue.inspections()
        await keep_versions(self._monitor, self._engine.catalogue, self._clock)
        is_new = not await self._monitor.setting("first_sweep_done")
        async with self._monitor.transaction() as tx:
            last_started = dict(await tx.runs.last_started())
        if is_new:
            last_started |= {inspection.id: self._clock.now() for inspection in inspections}
        self._planner.restore(last_started)
        self._planner.plan(inspections, await self._engine.runs.paused())
        await self._engine.retirement.retire_removed()
        if is_new:
            planned = [inspection.id for inspection in inspections if inspection.schedule.is_planned]
            await self._engine.runs.first_sweep(planned)

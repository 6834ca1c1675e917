"""The host and its daemon at a glance, as the faces ask for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

import psutil

from probed.channels.registry import Listener
from probed.core.breaker import BreakerFacts
from probed.daemon.clock import SystemClock
from probed.daemon.loop_lag import LoopLag
from probed.daemon.scheduler import Planner
from probed.engine.engine import Engine
from probed.engine.heartbeat import HeartbeatKeeper
from probed.engine.muted import muted_notes
from probed.engine.overview import DaemonFacts, Overview, build_overview
from probed.events.watch import EventWatch
from probed.host import docker
from probed.monitor.series import refusals
from probed.monitor.sqlite import SqliteMonitor
from probed.ports import Channel
from probed.readiness import Readiness

if TYPE_CHECKING:
    from probed.agent.queued import QueuedAgent

VERSION = version("cortex-ops")
CUT_OFF = "it was killed, ran out of memory, stood still until the watchdog barked, or the host went down"
CUT_OFF_IS_NEWS = timedelta(days=1)


class Glance:
    def __init__(
        self,
        monitor: SqliteMonitor,
        planner: Planner,
        engine: Engine,
        clock: SystemClock,
        readiness: Readiness,
        lag: LoopLag,
        agent: QueuedAgent | None,
        heartbeat: HeartbeatKeeper,
        channels: Callable[[], Sequence[Channel]],
        listeners: Callable[[], Sequence[Listener]],
        spans: Callable[[], Mapping[str, int]],
        events: EventWatch,
        copying: Callable[[], Sequence[str]],
    ) -> None:
        """`copying`: why lines of the record of intents wait for whoever wants copies."""
        self._monitor, self._planner, self._engine, self._clock = monitor, planner, engine, clock
        self._readiness, self._lag, self._agent, self._heartbeat = readiness, lag, agent, heartbeat
        self._channels, self._listeners, self._spans = channels, listeners, spans
        self._events, self._copying = events, copying
        self._started_at = clock.now()
        self.was_cut_off = False
        """The daemon before this one did not end by itself."""

    async def overview(self) -> Overview:
        overview = await build_overview(
            self._monitor,
            self._planner,
            host=self._engine.rules.host,
            mode=(await self._engine.operator.modes()).general,
            now=self._clock.now(),
            first_sweep_done=bool(await self._monitor.setting("first_sweep_done")),
            latest=self._engine.remembered.latest,
            forecasts=self._engine.foresight.forecasts,
            broken=self._engine.catalogue.broken,
            daemon=await self._daemon(),
        )
        gathered = [storm.words for storm in await self._monitor.storms()]
        unheard = [note for listener in self._listeners() for note in listener.notes()]
        recurring = self._engine.operator.recurring_maintenance()
        muted = await muted_notes(self._monitor, recurring, self._clock.now())
        fault = [self._engine.persistence.fault] if self._engine.persistence.fault else []
        notes = (
            *fault,
            *self._cut_off(),
            *self._engine.deliverer.notes(),
            *unheard,
            *self._events.notes(),
            *self._copying(),
            *gathered,
            *refusals(overview.daemon.series).values(),
            *muted,
            *overview.notes,
        )
        return replace(overview, notes=notes, breakers=self._breakers())

    def _cut_off(self) -> Sequence[str]:
        if not self.was_cut_off or self._clock.now() - self._started_at > CUT_OFF_IS_NEWS:
            return ()
        return [f"the daemon was cut off and began anew at {self._started_at:%Y-%m-%d %H:%M} UTC: {CUT_OFF}"]

    def _breakers(self) -> tuple[BreakerFacts, ...]:
        now = self._clock.now()
        others = (docker.breaker(now), self._agent.breaker(now) if self._agent else None)
        servers = self._agent.models.breakers(now) if self._agent and self._agent.models else ()
        return (*self._engine.channels.breakers(), *(one for one in others if one), *servers)

    async def _daemon(self) -> DaemonFacts:
        return DaemonFacts(
            version=VERSION,
            pid=os.getpid(),
            started_at=self._started_at,
            uptime_s=(self._clock.now() - self._started_at) / timedelta(seconds=1),
            rss_mib=psutil.Process().memory_info().rss / 2**20,
            loop_lag_ms=self._lag.worst_ms(),
            ready=await self._readiness.was_ready(),
            agent=self._agent.describe() if self._agent else "none",
            channels=tuple(channel.name for channel in self._channels()),
            heartbeat=self._heartbeat.status(),
            monitor_bytes=self._monitor.size_bytes(),
            cannot_persist=self._engine.persistence.fault,
            spans=self._spans(),
            events=self._events.facts(),
            event_looks=self._engine.noticer.looks,
            gate=self._engine.gate.counts,
            claims=self._engine.gate.claims,
            series=await self._monitor.series_by_check(),
        )

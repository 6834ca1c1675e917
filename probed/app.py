"""The composition root: builds the daemon from its settings, starts, reloads and stops it; decides nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Coroutine, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import psutil
from loguru import logger

from probed.actions.registry import build_actions
from probed.actions.through_helper import build_performer
from probed.agent.backend import build_agent
from probed.api.context import ApiContext
from probed.api.server import ApiServer
from probed.assembly import build_rules, build_tcp_address, build_topology, changed_for_restart, load_catalogue
from probed.channels.registry import (
    TELEGRAM,
    Listener,
    build_channels,
    build_life_sign,
    build_listeners,
    close_channels,
    reload_channels,
    renew_channels,
    retire_channels,
)
from probed.config.defaults import resolved
from probed.config.settings import Settings
from probed.core.breaker import BreakerFacts
from probed.core.inspection import BrokenDocument
from probed.core.phrases import Language, speak
from probed.daemon.clock import SystemClock
from probed.daemon.directories import socket_directory, state_directory
from probed.daemon.event_log import EventLog
from probed.daemon.lock import StateLock
from probed.daemon.logging import set_up
from probed.daemon.loop_lag import LoopLag
from probed.daemon.memory import give_back
from probed.daemon.notify import Notifier, feed_watchdog, notifier
from probed.daemon.scheduler import Planner
from probed.daemon.workers import WorkerPool
from probed.engine.answers import EngineAnswers
from probed.engine.engine import Engine, World, build_engine
from probed.engine.heartbeat import HeartbeatKeeper, Rhythm
from probed.engine.overview import DaemonFacts, Overview, ReadinessProbe, build_overview
from probed.engine.pairing import PairingBook
from probed.errors import CortexError
from probed.host import docker, proc
from probed.host.command import end_leftovers, end_running, set_owner
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from probed.offline import effective_settings

RUNS_END_WITHIN_S = 25.0
ACTIONS_END_WITHIN_S = 20.0
RETIRE_AFTER_S = 90.0
"""Longer than a message may be under way."""
PROBE_WITHIN_S = 2.0
LAG_BOUND_MS = 1000.0
SILENCE_BOUND_S = 90.0
"""The engine turns at least every 30 s."""
PRUNE_EVERY_S = 3600.0
TIDY_AFTER_START_S = 10.0
TIDY_EVERY_S = 600.0
READ_DEPENDENCIES_EVERY_S = 300.0
BEGIN_AGAIN_S = 5.0
MOST_TOLD = 3
"""Broken documents that one message names."""


def serve(config: Path | None) -> int:
    """Run the daemon until it is told to stop. Raises ConfigError and AlreadyRunning."""
    settings = effective_settings(config)
    state_dir = resolved(settings.monitor.path).parent
    state_directory(state_dir)
    writer = set_up(settings.log.level, settings.log.format)
    try:
        with StateLock(state_dir):
            _end_leftovers(state_dir)
            return asyncio.run(_serve(settings, config))
    finally:
        writer.close()


def _end_leftovers(state_dir: Path) -> None:
    """What a daemon of this state directory started and left behind when it was killed. The folder's inode names it:
    its path may be another folder's in a container that shares the processes."""
    folder = state_dir.stat()
    set_owner(f"{folder.st_dev}:{folder.st_ino}")
    if ended := end_leftovers():
        logger.warning("ended {} processes that an earlier daemon left behind", len(ended))


async def _serve(settings: Settings, config: Path | None) -> int:
    daemon = await Daemon.build(settings, config, notifier(os.environ))
    try:
        await daemon.start()
        await daemon.wait_for_stop()
    finally:
        await daemon.stop()
    return 0


class Daemon:
    def __init__(
        self,
        settings: Settings,
        config: Path | None,
        notify: Notifier,
        monitor: SqliteMonitor,
        clock: SystemClock,
        pairings: PairingBook,
    ) -> None:
        self.settings, self._config, self._notify = settings, config, notify
        self.monitor, self._clock, self.pairings = monitor, clock, pairings
        self.started_at = clock.now()
        speak(Language(settings.language))
        self._workers = WorkerPool(settings.inspections.workers)
        self._channels_workers: list[WorkerPool] = []
        self._listeners: Sequence[Listener] = ()
        self._lag = LoopLag()
        self.planner = Planner(self._run_due, on_jump=lambda jump: self.engine.pulse.beat(), clock=clock)
        self.channels = build_channels(settings, self._new_workers, pairings)
        self.agent = build_agent(
            settings.agent, workers=self._workers, series=monitor.series, state_dir=self._state_dir
        )
        self.engine = self._build_engine()
        self.pairings.on_paired = self._paired
        self._life_sign = build_life_sign(settings.heartbeat)
        self._heartbeat = self._build_heartbeat()
        self._api = ApiServer(
            self._api_context(),
            socket_path=self._socket,
            group=settings.api.group,
            admin_group=settings.api.admin_group,
            max_body_bytes=settings.api.max_body_bytes,
            tcp=build_tcp_address(settings.api.tcp),
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._reloading = asyncio.Lock()
        self._stop = asyncio.Event()
        self._probing: asyncio.Task[None] | None = None

    @classmethod
    async def build(cls, settings: Settings, config: Path | None, notify: Notifier) -> Daemon:
        clock = SystemClock()
        monitor = await open_monitor(resolved(settings.monitor.path), clock)
        try:
            pairings = PairingBook(monitor, clock, has_bot=settings.telegram.token_file is not None)
            await pairings.load()
            return cls(settings, config, notify, monitor, clock, pairings)
        except BaseException:
            await monitor.close()
            raise

    # --- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        self._listen_to_signals()
        await self.engine.runs.recover()
        await self.engine.ticker.recover()
        await self._reload_channels()
        self.monitor.subscribe(EventLog().write)
        self.planner.start()
        self._spawn(self._lag.watch(), "loop lag")
        self._spawn(self.engine.ticker.run(), "engine")
        self._spawn(feed_watchdog(self._notify), "watchdog")
        self._spawn(self._prune(), "retention")
        self._spawn(self._tidy_memory(), "memory")
        self._spawn(self._heartbeat.run(), "heartbeat")
        answers = EngineAnswers(self.monitor, self.overview)
        self._listeners = build_listeners(self.channels, self.engine.operator, answers, self.pairings)
        for listener in self._listeners:
            self._spawn(listener.run(), "channel listener")
        socket_directory(self._socket.parent)
        await self._api.start()
        self._notify.ready(f"watching {self.settings.host}")
        mode = (await self.engine.operator.modes()).general
        logger.info("ready: {} inspections, mode {}, socket {}", len(self.engine.catalogue.entries), mode, self._socket)
        self._spawn(self._begin_inspecting(), "first sweep")
        self._spawn(self._check_agent(), "preflight")
        self._spawn(self._read_dependencies(), "dependencies")

    async def wait_for_stop(self) -> None:
        await self._stop.wait()

    async def stop(self) -> None:
        """No new runs; those under way end or are cancelled, actions finish, messages wait for the next start. A step
        that fails keeps none of the others from being taken."""
        self._stop.set()
        self._notify.stopping("draining")
        logger.info("stopping")
        for step in self._steps_of_stopping():
            try:
                await step
            except Exception:  # noqa: BLE001 - recorded; the others must have their turn
                logger.exception("a step of stopping failed")
        logger.info("stopped")

    def _steps_of_stopping(self) -> Iterator[Awaitable[None]]:
        """Each begins when it is asked for."""
        yield self._hold()
        yield self.engine.runs.stop(RUNS_END_WITHIN_S)
        yield self.engine.ticker.drain(ACTIONS_END_WITHIN_S)
        yield self.planner.stop()
        yield self._api.stop()
        yield self._end_tasks()
        yield close_channels(self.channels)
        if self._life_sign:
            yield self._life_sign.close()
        yield asyncio.to_thread(end_running)
        yield self._close_workers()
        yield self.monitor.close()

    async def _hold(self) -> None:
        self.planner.hold()

    async def _end_tasks(self) -> None:
        ending = list(self._tasks)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    async def _close_workers(self) -> None:
        for workers in (self._workers, *self._channels_workers):
            workers.close()

    async def reload(self) -> None:
        """Bring documents and rules into force again; a configuration that cannot be used changes nothing."""
        async with self._reloading:
            self._notify.reloading()
            try:
                await self._reload()
            finally:
                self._notify.ready(f"watching {self.settings.host}")

    async def _reload(self) -> None:
        try:
            settings = await asyncio.to_thread(effective_settings, self._config)
            documents = await asyncio.to_thread(load_catalogue, settings)
            paused = await self.engine.runs.paused()
            await self._renew_channels(settings)
        except CortexError as error:
            await self._tell(f"the configuration was not reloaded, the old one stays in force: {error}")
            return
        self._take_over(settings)
        known = self.engine.catalogue.broken
        gone = self.engine.catalogue.take_over(documents)
        self.planner.plan(self.engine.catalogue.inspections(), paused)
        mode = (await self.engine.operator.modes()).general
        logger.info("reloaded: {} inspections, mode {}", len(self.engine.catalogue.entries), mode)
        for source in gone:
            await self.engine.retirement.retire(source)
        await self._tell_broken([document for document in documents.broken if document not in known])
        await self._reload_channels()

    def _paired(self) -> None:
        """What waits for a chat is tried at once."""
        self.engine.deliverer.circuits.succeed(TELEGRAM)
        self.engine.pulse.beat()

    async def _reload_channels(self) -> None:
        for error in await asyncio.to_thread(reload_channels, self.channels):
            await self._tell(f"a message template cannot be used, its last good version stays in force: {error}")

    async def _renew_channels(self, settings: Settings) -> None:
        """Raises ConfigError, and then the channels stay as they are."""
        standing, workers = self.channels, self._channels_workers
        self._channels_workers = []
        try:
            channels = await asyncio.to_thread(renew_channels, standing, settings, self._new_workers)
            await self.engine.take_over_channels(channels)
        except BaseException:
            self._channels_workers = workers
            raise
        self.channels = channels
        for threads in workers:
            threads.close()
        self._spawn(retire_channels(standing, RETIRE_AFTER_S), "channels of before")

    def _take_over(self, settings: Settings) -> None:
        waiting = changed_for_restart(self.settings, settings)
        if waiting:
            logger.warning("a restart is needed for the changes in: {}", ", ".join(waiting))
        self.engine.take_over(build_rules(settings, self.channels))
        self.settings = settings

    # --- parts --------------------------------------------------------------------------------------------------------

    @property
    def _socket(self) -> Path:
        return resolved(self.settings.api.socket)

    @property
    def _state_dir(self) -> Path:
        return resolved(self.settings.monitor.path).parent

    def _new_workers(self) -> WorkerPool:
        """For one channel alone: a service that hangs holds nobody else up."""
        self._channels_workers.append(WorkerPool(1, spare=2, max_waiting=4))
        return self._channels_workers[-1]

    def _build_engine(self) -> Engine:
        world = World(
            monitor=self.monitor,
            queries=self.monitor,
            workers=self._workers,
            actions=build_actions(self.settings.actions, build_performer(self.settings.actions.helper.socket)),
            channels=self.channels,
            agent=self.agent,
            pausing=self.planner,
            clock=self._clock,
            uptime_s=proc.uptime_s,
            boot_id=proc.boot_id(),
            topology=build_topology(self.settings),
            log_context=lambda run_id: logger.contextualize(run=run_id),
        )
        rules = build_rules(self.settings, self.channels)
        return build_engine(world, rules, load_catalogue(self.settings), self.settings.inspections.concurrency)

    def _build_heartbeat(self) -> HeartbeatKeeper:
        wanted = self.settings.heartbeat
        return HeartbeatKeeper(
            self._life_sign,
            Rhythm(wanted.every, wanted.missing_after),
            self._is_ready,
            self.monitor,
            self.monitor,
            self.engine.ingest,
            self._clock,
        )

    def _api_context(self) -> ApiContext:
        return ApiContext(
            operator=self.engine.operator,
            queries=self.monitor,
            schedule=self.planner,
            overview=self.overview,
            readiness=self.readiness,
            inspections=self.engine.catalogue.inspections,
            broken=lambda: self.engine.catalogue.broken,
            subscribe=self.monitor.subscribe,
            routing=lambda: self.engine.rules.routing,
            now=self._clock.now,
            pairings=self.pairings,
            channels=self.engine.channels.facts,
        )

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error:
            logger.opt(exception=error).error("{} has broken", task.get_name())

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._spawn(self.reload(), "reload"))

    # --- running ------------------------------------------------------------------------------------------------------

    async def _begin_inspecting(self) -> None:
        """Tries until it goes through: as long as the first sweep is not over, nobody is told anything."""
        self._log_broken(self.engine.catalogue.broken)
        while not self._stop.is_set():
            try:
                await self._plan_and_sweep()
            except CortexError as error:
                logger.error("inspecting could not begin, next try in {:g} s: {}", BEGIN_AGAIN_S, error)
            except Exception:  # noqa: BLE001 - recorded, and tried again
                logger.exception("inspecting could not begin, next try in {:g} s", BEGIN_AGAIN_S)
            else:
                return
            await asyncio.sleep(BEGIN_AGAIN_S)

    async def _plan_and_sweep(self) -> None:
        """Plan everything from when it last ran; a new installation is swept first."""
        inspections = self.engine.catalogue.inspections()
        is_new = not await self.monitor.setting("first_sweep_done")
        async with self.monitor.transaction() as tx:
            last_started = dict(await tx.runs.last_started())
        if is_new:
            last_started |= {inspection.id: self._clock.now() for inspection in inspections}
        self.planner.restore(last_started)
        self.planner.plan(inspections, await self.engine.runs.paused())
        await self.engine.retirement.retire_removed()
        if is_new:
            planned = [inspection.id for inspection in inspections if inspection.schedule.is_planned]
            await self.engine.runs.first_sweep(planned)

    async def _check_agent(self) -> None:
        if self.agent:
            works, detail = await self.agent.check()
            logger.log("INFO" if works else "WARNING", "agent: {}", detail)

    async def _run_due(self, inspection_id: str, planned_at: object, missed: int) -> None:
        await self.engine.runs.run_due(inspection_id, missed)

    async def _read_dependencies(self) -> None:
        while True:
            await self.engine.relations.correlation.refresh()
            await asyncio.sleep(READ_DEPENDENCIES_EVERY_S)

    async def _prune(self) -> None:
        while True:
            await asyncio.sleep(PRUNE_EVERY_S)
            keep = self.settings.monitor
            try:
                await self.monitor.prune(self._clock.now(), keep.keep_samples, keep.keep_reports, keep.keep_events)
            except CortexError as error:
                logger.error("old rows were not removed: {}", error)

    async def _tidy_memory(self) -> None:
        """After a start, which takes more than the work that follows, and from time to time."""
        await asyncio.sleep(TIDY_AFTER_START_S)
        while True:
            await asyncio.to_thread(give_back)
            await asyncio.sleep(TIDY_EVERY_S)

    async def _tell(self, text: str) -> None:
        logger.error("{}", text)
        await self.engine.operator.notify(text)

    async def _tell_broken(self, documents: Sequence[BrokenDocument]) -> None:
        self._log_broken(documents)
        if documents:
            named = [self._words_for(document) for document in documents[:MOST_TOLD]]
            more = [f"and {len(documents) - MOST_TOLD} more"] if len(documents) > MOST_TOLD else []
            await self.engine.operator.notify("\n".join([*named, *more]))

    def _log_broken(self, documents: Sequence[BrokenDocument]) -> None:
        for document in documents:
            logger.error("{}", self._words_for(document))

    def _words_for(self, document: BrokenDocument) -> str:
        kept = "; its last good version stays in force" if self.engine.catalogue.keeps(document) else ""
        return f"inspection cannot be used: {document}{kept}"

    # --- what the faces ask -------------------------------------------------------------------------------------------

    async def overview(self) -> Overview:
        overview = await build_overview(
            self.monitor,
            self.planner,
            host=self.settings.host,
            mode=(await self.engine.operator.modes()).general,
            now=self._clock.now(),
            first_sweep_done=bool(await self.monitor.setting("first_sweep_done")),
            latest=self.engine.observations,
            broken=self.engine.catalogue.broken,
            daemon=await self._facts(),
        )
        gathered = [storm.words for storm in await self.monitor.storms()]
        unheard = [note for listener in self._listeners for note in listener.notes()]
        notes = (*self.engine.deliverer.notes(), *unheard, *gathered, *overview.notes)
        return replace(overview, notes=notes, breakers=self._breakers())

    def _breakers(self) -> tuple[BreakerFacts, ...]:
        engine = docker.breaker(self._clock.now())
        return (*self.engine.channels.breakers(), *([engine] if engine else []))

    async def readiness(self) -> Sequence[ReadinessProbe]:
        lag_ms = self._lag.worst_ms()
        return [
            await self._probe_database(),
            ReadinessProbe("scheduler", self.planner.is_alive(), "" if self.planner.is_alive() else "it stands still"),
            ReadinessProbe("loop", lag_ms < LAG_BOUND_MS, f"at most {lag_ms:.0f} ms late in the last 10 s"),
            self._probe_engine(),
        ]

    async def _is_ready(self) -> bool:
        return all(probe.ok for probe in await self.readiness())

    async def _probe_database(self) -> ReadinessProbe:
        """Really writes. A write that hangs is waited for no longer, and no second one is begun behind it."""
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(self.monitor.probe_write(), name="readiness: database")
        done, _ = await asyncio.wait({self._probing}, timeout=PROBE_WITHIN_S)
        if not done:
            return ReadinessProbe("database", False, f"no write within {PROBE_WITHIN_S:g} s")
        error = self._probing.exception()
        return ReadinessProbe("database", error is None, str(error) if error else "")

    def _probe_engine(self) -> ReadinessProbe:
        failures, silent_s = self.engine.ticker.failures, self.engine.ticker.silent_for_s()
        if failures:
            return ReadinessProbe("engine", False, f"{failures} turns in a row failed")
        return ReadinessProbe("engine", silent_s < SILENCE_BOUND_S, f"last turn {silent_s:.0f} s ago")

    async def _facts(self) -> DaemonFacts:
        now = self._clock.now()
        return DaemonFacts(
            version=version("cortex-ops"),
            pid=os.getpid(),
            started_at=self.started_at,
            uptime_s=(now - self.started_at) / timedelta(seconds=1),
            rss_mib=psutil.Process().memory_info().rss / 2**20,
            loop_lag_ms=self._lag.worst_ms(),
            ready=await self._is_ready(),
            agent=self.agent.describe() if self.agent else "none",
            channels=tuple(channel.name for channel in self.channels),
            heartbeat=self._heartbeat.status(),
        )

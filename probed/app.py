"""The composition root: builds the daemon from its settings, starts, reloads and stops it; decides nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Iterator, Sequence
from pathlib import Path

from loguru import logger

from probed import upkeep
from probed.actions.registry import build_actions
from probed.actions.through_helper import build_performer
from probed.agent.assistant_probes import AssistantProbes, build_assistant_probes
from probed.agent.backend import build_agent, build_replays
from probed.agent.gateway.books import MonitorBooks
from probed.api.context import ApiContext
from probed.api.peer import Role
from probed.api.server import ApiServer
from probed.assembly import (
    build_backup_folder,
    build_backup_plan,
    build_rules,
    build_tcp_address,
    build_topology,
    changed_for_restart,
    enabled_sources,
    load_catalogue,
)
from probed.beginning import Beginning
from probed.channel_set import ChannelSet
from probed.channels.registry import TELEGRAM, Listener, build_intent_sink, build_life_sign, build_listeners
from probed.checks.registry import CheckRegistry
from probed.config.defaults import resolved
from probed.config.documents import parse_document
from probed.config.settings import Settings
from probed.core.phrases import Language, speak
from probed.daemon.clock import SystemClock
from probed.daemon.directories import socket_directory, state_directory
from probed.daemon.event_log import EventLog
from probed.daemon.event_loop import EventLoop, lag_of_running_loop
from probed.daemon.lock import StateLock
from probed.daemon.logging import set_up
from probed.daemon.memory import share_one_heap
from probed.daemon.notify import Notifier, feed_watchdog, notifier
from probed.daemon.scheduler import Planner
from probed.daemon.tasks import TaskSet
from probed.daemon.workers import WorkerPool
from probed.engine.agent_watch import AgentWatch
from probed.engine.answers import EngineAnswers
from probed.engine.assist import Assistance
from probed.engine.backups import BackupKeeper
from probed.engine.document_versions import keep_versions
from probed.engine.engine import Engine, World, build_engine
from probed.engine.heartbeat import HeartbeatKeeper, Rhythm
from probed.engine.intent_copies import IntentCopier
from probed.engine.model_budgets import BudgetKeeper
from probed.engine.pairing import PairingBook
from probed.engine.replay import ReplayWorld
from probed.errors import CorruptMonitor, CortexError
from probed.events.watch import EventWatch
from probed.glance import CUT_OFF, Glance
from probed.host import budget_board, packages, proc
from probed.host.command import end_leftovers, end_running, set_owner
from probed.host.jobs import BOARD
from probed.inventory import broken_plugins
from probed.monitor.backup_store import ThreadedBackupStore
from probed.monitor.healing import open_or_heal, suspect
from probed.monitor.restoring import Restored
from probed.monitor.sqlite import SqliteMonitor
from probed.notices import Notices
from probed.offline import effective_settings
from probed.ports import NO_TRACES
from probed.readiness import Readiness
from probed.tracing.collector import build_tracer

RUNS_END_WITHIN_S = 25.0
ACTIONS_END_WITHIN_S = 20.0
TRACES_LEAVE_WITHIN_S = 3.0


def serve(config: Path | None) -> int:
    """Run the daemon until it is told to stop. Raises ConfigError and AlreadyRunning."""
    share_one_heap()
    settings = effective_settings(config)
    state_dir = resolved(settings.monitor.path).parent
    state_directory(state_dir)
    writer = set_up(settings.log.level, settings.log.format)
    try:
        with StateLock(state_dir) as lock:
            if lock.left_by:
                logger.warning("the daemon before this one, process {}, was cut off: {}", lock.left_by, CUT_OFF)
            _end_leftovers(state_dir)
            with asyncio.Runner(loop_factory=EventLoop) as runner:
                return runner.run(_serve(settings, config, was_cut_off=bool(lock.left_by)))
    finally:
        writer.close()


def _end_leftovers(state_dir: Path) -> None:
    """What a daemon of this state directory started and left behind when it was killed. The folder's inode names it:
    its path may be another folder's in a container that shares the processes."""
    folder = state_dir.stat()
    set_owner(f"{folder.st_dev}:{folder.st_ino}")
    if ended := end_leftovers():
        logger.warning("ended {} processes that an earlier daemon left behind", len(ended))


async def _serve(settings: Settings, config: Path | None, *, was_cut_off: bool) -> int:
    """Ends with 1 where the monitor turned out to be damaged: the next start looks at it, and heals it."""
    daemon = await Daemon.build(settings, config, notifier(os.environ))
    daemon.glance.was_cut_off = was_cut_off
    try:
        await daemon.start()
        await daemon.wait_for_stop()
    finally:
        await daemon.stop()
    return 1 if daemon.is_damaged else 0


class Daemon:
    def __init__(
        self,
        settings: Settings,
        config: Path | None,
        notify: Notifier,
        monitor: SqliteMonitor,
        clock: SystemClock,
        pairings: PairingBook,
        healed: Restored | None = None,
    ) -> None:
        """`healed`: what had to be done before the monitor could be opened."""
        self.is_damaged, self._healed = False, healed
        self.settings, self._config, self._notify = settings, config, notify
        self.monitor, self._clock, self.pairings = monitor, clock, pairings
        speak(Language(settings.language))
        self._tracer = build_tracer(settings.tracing, settings.host)
        self._workers = WorkerPool(settings.inspections.workers)
        self._backup_workers = WorkerPool(1, spare=1, max_waiting=16)
        self._tasks = TaskSet()
        self._listeners: Sequence[Listener] = ()
        self._lag = lag_of_running_loop()
        self.planner = Planner(self._run_due, on_jump=lambda jump: self.engine.pulse.beat(), clock=clock)
        self.channels = ChannelSet(settings, pairings, self._tasks)
        self.agent = build_agent(
            settings.agent,
            workers=self._workers,
            points=monitor.points,
            inspections=lambda: self.engine.catalogue.inspections(),
            books=MonitorBooks(monitor, monitor),
            clock=clock.now,
            state_dir=self._state_dir,
            tracer=self._tracer or NO_TRACES,
            board=budget_board.BOARD,
            past=monitor,
        )
        self.engine = self._build_engine()
        self.events = EventWatch(self.engine.noticer.notice)
        self.pairings.on_paired = self._paired
        self._notices = Notices(self.engine)
        self.readiness = Readiness(monitor, self.planner, self.engine.ticker, self._lag, self._clock)
        self._life_sign = build_life_sign(settings.heartbeat)
        self._heartbeat = self._build_heartbeat()
        self._intents = IntentCopier(build_intent_sink(settings.intents, self._workers), monitor, monitor)
        self.glance = self._build_glance()
        monitor.on_damaged = self._stop_damaged
        self.backups = self._build_backups()
        self._budgets = self._build_budgets()
        self._api = ApiServer(
            self._api_context(),
            socket_path=self._socket,
            group=settings.api.group,
            admin_group=settings.api.admin_group,
            members=Role[settings.api.members.upper()],
            max_body_bytes=settings.api.max_body_bytes,
            tcp=build_tcp_address(settings.api.tcp),
        )
        self._reloading = asyncio.Lock()
        self._stop = asyncio.Event()

    @classmethod
    async def build(cls, settings: Settings, config: Path | None, notify: Notifier) -> Daemon:
        clock = SystemClock()
        monitor, healed = await open_or_heal(build_backup_folder(settings), clock)
        try:
            pairings = PairingBook(monitor, clock, has_bot=settings.telegram.token_file is not None)
            await pairings.load()
            return cls(settings, config, notify, monitor, clock, pairings, healed)
        except BaseException:
            await monitor.close()
            raise

    # --- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        self._listen_to_signals()
        await self.engine.jobs.recover()
        await self.engine.runs.recover()
        await self.engine.asker.recover()
        await self.engine.ticker.recover()
        await self._budgets.recover()
        await self._read_templates()
        self.monitor.subscribe(EventLog().write)
        self.planner.start()
        self._lag.begin_anew()
        self._tasks.spawn(self.engine.ticker.run(), "engine")
        self._tasks.spawn(self.engine.noticer.run(), "events")
        self._listen_to_host()
        self._tasks.spawn(feed_watchdog(self._notify), "watchdog")
        self._tasks.spawn(upkeep.prune(self.monitor, self.settings.monitor, self._clock), "retention")
        self._tasks.spawn(upkeep.roll_up(self.monitor, self._clock), "roll-up")
        self._tasks.spawn(upkeep.tidy_memory(), "memory")
        self._tasks.spawn(upkeep.settle_transcripts(self.monitor), "transcripts")
        self._tasks.spawn(self._heartbeat.run(), "heartbeat")
        self._tasks.spawn(self._intents.run(), "copies of intents")
        self._tasks.spawn(self.backups.run(), "backups")
        self._tasks.spawn(self._budgets.run(), "budgets")
        answers = EngineAnswers(self.monitor, self.glance.overview)
        engine = self.engine
        self._listeners = build_listeners(
            self.channels.all, engine.operator, answers, engine.asker, self.pairings, self._heard
        )
        for listener in self._listeners:
            self._tasks.spawn(listener.run(), "channel listener")
        socket_directory(self._socket.parent)
        await self._api.start()
        self._notify.ready(f"watching {self.settings.host}")
        mode = (await self.engine.operator.modes()).general
        logger.info("ready: {} inspections, mode {}, socket {}", len(self.engine.catalogue.entries), mode, self._socket)
        self._notices.log_broken(self.engine.catalogue.broken)
        beginning = Beginning(self.monitor, self.planner, self.engine, self._clock, self._stop)
        self._tasks.spawn(beginning.run(), "first sweep")
        self._tasks.spawn(AgentWatch(self.agent, self.monitor, self.monitor, self.engine.ingest).run(), "preflight")
        self._tasks.spawn(self._name_broken_plugins(), "plugins")
        if self._healed:
            self._tasks.spawn(self._notices.tell_healed(self._healed), "healed monitor")
        self._tasks.spawn(upkeep.read_dependencies(self.engine.relations.correlation), "dependencies")

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
        yield self.events.stop()
        yield self.engine.asker.stop()
        yield self.engine.runs.stop(RUNS_END_WITHIN_S)
        yield self.engine.ticker.drain(ACTIONS_END_WITHIN_S)
        yield self.planner.stop()
        yield self._api.stop()
        yield self._tasks.end()
        yield self.channels.close()
        if self.agent:
            yield self.agent.close()
        if self._life_sign:
            yield self._life_sign.close()
        yield asyncio.to_thread(end_running)
        if self._tracer:
            yield asyncio.to_thread(self._tracer.close, TRACES_LEAVE_WITHIN_S)
        yield self._close_workers()
        yield self.monitor.close()

    async def _hold(self) -> None:
        self.planner.hold()

    async def _close_workers(self) -> None:
        self._workers.close()
        self._backup_workers.close()
        self.channels.close_workers()

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
            await self.channels.renew(settings, self.engine.take_over_channels)
        except CortexError as error:
            await self._notices.tell(f"the configuration was not reloaded, the old one stays in force: {error}")
            return
        self._take_over(settings)
        known = self.engine.catalogue.broken
        gone = self.engine.catalogue.take_over(documents)
        await keep_versions(self.monitor, self.engine.catalogue, self._clock)
        self.planner.plan(self.engine.catalogue.inspections(), paused)
        self._listen_to_host()
        mode = (await self.engine.operator.modes()).general
        words = f"reloaded: {len(self.engine.catalogue.entries)} inspections, mode {mode}"
        logger.info(words)
        for source in gone:
            await self.engine.retirement.retire(source)
        await self.engine.retirement.retire_removed()  # which could not be told at the start if a document was broken
        await self._notices.tell_broken([document for document in documents.broken if document not in known])
        await self._read_templates()
        async with self.monitor.transaction() as tx:
            await tx.ledger.append("note", "cortex", "configuration", words)

    def _paired(self) -> None:
        """What waits for a chat is tried at once."""
        self.engine.deliverer.circuits.succeed(TELEGRAM)
        self.engine.pulse.beat()

    async def _heard(self, recipient: str) -> None:
        """Somebody has unblocked the bot, or mended the chat's rights: what waits for it is tried at once."""
        if await self.engine.deliverer.try_at_once(recipient):
            self.engine.pulse.beat()

    async def _read_templates(self) -> None:
        for error in await self.channels.read_templates():
            await self._notices.tell(
                f"a message template cannot be used, its last good version stays in force: {error}"
            )

    def _take_over(self, settings: Settings) -> None:
        waiting = changed_for_restart(self.settings, settings)
        if waiting:
            logger.warning("a restart is needed for the changes in: {}", ", ".join(waiting))
        self.engine.take_over(build_rules(settings, self.channels.all))
        self.settings = settings

    # --- parts --------------------------------------------------------------------------------------------------------

    @property
    def _socket(self) -> Path:
        return resolved(self.settings.api.socket)

    @property
    def _state_dir(self) -> Path:
        return resolved(self.settings.monitor.path).parent

    def _build_engine(self) -> Engine:
        world = World(
            monitor=self.monitor,
            queries=self.monitor,
            workers=self._workers,
            actions=build_actions(self.settings.actions, build_performer(self.settings.actions.helper.socket)),
            channels=self.channels.all,
            agent=self.agent,
            pausing=self.planner,
            clock=self._clock,
            uptime_s=proc.uptime_s,
            packages_change=packages.are_changing,
            boot_id=proc.boot_id(),
            topology=build_topology(self.settings),
            log_context=lambda run_id: logger.contextualize(run=run_id),
            tracer=self._tracer or NO_TRACES,
            jobs=BOARD,
            replays=self._build_replays(),
        )
        rules = build_rules(self.settings, self.channels.all)
        return build_engine(world, rules, load_catalogue(self.settings), self.settings.inspections.concurrency)

    def _build_replays(self) -> ReplayWorld:
        replaying = build_replays(
            self.settings.agent,
            workers=self._workers,
            points=self.monitor.points,
            clock=self._clock.now,
            state_dir=self._state_dir,
            models=self.agent.models if self.agent else None,
            past=self.monitor,
        )
        return ReplayWorld(replaying, CheckRegistry(), lambda text: parse_document(text, "document"))

    def _build_heartbeat(self) -> HeartbeatKeeper:
        wanted = self.settings.heartbeat
        return HeartbeatKeeper(
            self._life_sign,
            Rhythm(wanted.every, wanted.missing_after),
            self.readiness.is_ready,
            self.monitor,
            self.monitor,
            self.engine.ingest,
            self._clock,
        )

    def _build_glance(self) -> Glance:
        return Glance(
            self.monitor,
            self.planner,
            self.engine,
            self._clock,
            self.readiness,
            self._lag,
            self.agent,
            self._heartbeat,
            lambda: self.channels.all,
            lambda: self._listeners,
            lambda: self._tracer.counts if self._tracer else {},
            self.events,
            self._intents.notes,
        )

    def _build_backups(self) -> BackupKeeper:
        folder = build_backup_folder(self.settings)
        threads = (self._backup_workers, self._workers)
        store = ThreadedBackupStore(folder, *threads) if self.settings.backup.enabled else None
        plan = build_backup_plan(self.settings)
        return BackupKeeper(
            store, plan, self.monitor, self.monitor, self.engine.ingest, self._clock, self._stop_damaged
        )

    def _build_budgets(self) -> BudgetKeeper:
        left = self.agent.models.left_of if self.agent and self.agent.models else None
        monitor = self.monitor
        return BudgetKeeper(budget_board.BOARD, left, monitor, monitor, self.engine.ingest, self._clock)

    def _build_assistant_probes(self) -> AssistantProbes:
        inspections = self.engine.catalogue.inspections
        return build_assistant_probes(
            self.settings.agent, self._workers, self.monitor.points, self.monitor, inspections
        )

    def _stop_damaged(self, error: CorruptMonitor) -> None:
        """Nothing more is built on a damaged page: the next start sets the database aside."""
        if not self.is_damaged:
            self.is_damaged = True
            logger.critical("{}; Cortex ends, and the next start looks for the newest good backup", error)
            suspect(self.monitor.path)
            self._stop.set()

    def _api_context(self) -> ApiContext:
        return ApiContext(
            operator=self.engine.operator,
            queries=self.monitor,
            schedule=self.planner,
            overview=self.glance.overview,
            readiness=self.readiness.probes,
            inspections=self.engine.catalogue.inspections,
            broken=lambda: self.engine.catalogue.broken,
            subscribe=self.monitor.subscribe,
            routing=lambda: self.engine.rules.routing,
            now=self._clock.now,
            pairings=self.pairings,
            backups=self.backups,
            channels=self.engine.channels.facts,
            forecasts=lambda: self.engine.foresight.forecasts,
            questions=self.engine.asker,
            replays=self.engine.replays,
            assistants=Assistance(self._build_assistant_probes(), self.monitor),
            models=self.agent.models if self.agent else None,
        )

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._tasks.spawn(self.reload(), "reload"))

    def _listen_to_host(self) -> None:
        self.events.want(self.engine.noticer.concerns(), enabled_sources(self.settings.events))

    # --- running ------------------------------------------------------------------------------------------------------

    async def _name_broken_plugins(self) -> None:
        """Those that are refused before they are loaded; of what is loaded the documents and the channels tell."""
        for reason in await asyncio.to_thread(broken_plugins, self.settings.actions, tries=False):
            logger.error("left out: {}", reason)

    async def _run_due(self, inspection_id: str, planned_at: object, missed: int) -> None:
        await self.engine.runs.run_due(inspection_id, missed)

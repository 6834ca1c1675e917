"""What the daemon consists of, built from its settings and wired together; nothing of it runs yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from loguru import logger

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
    load_catalogue,
)
from probed.channel_set import ChannelSet
from probed.channels.registry import Listener, build_intent_sink, build_life_sign
from probed.checks.registry import CheckRegistry
from probed.config.defaults import resolved
from probed.config.documents import parse_document
from probed.config.settings import Settings
from probed.daemon.clock import SystemClock
from probed.daemon.event_loop import lag_of_running_loop
from probed.daemon.scheduler import Planner
from probed.daemon.tasks import TaskSet
from probed.daemon.workers import WorkerPool
from probed.engine.assist import Assistance
from probed.engine.backups import BackupKeeper
from probed.engine.engine import Engine, World, build_engine
from probed.engine.heartbeat import HeartbeatKeeper, Rhythm
from probed.engine.intent_copies import IntentCopier
from probed.engine.model_budgets import BudgetKeeper
from probed.engine.pairing import PairingBook
from probed.engine.replay import ReplayWorld
from probed.errors import CorruptMonitor
from probed.events.watch import EventWatch
from probed.glance import Glance
from probed.host import budget_board, packages, proc
from probed.host.jobs import BOARD
from probed.monitor.backup_store import ThreadedBackupStore
from probed.monitor.sqlite import SqliteMonitor
from probed.notices import Notices
from probed.ports import NO_TRACES, Configurations
from probed.readiness import Readiness
from probed.tracing.collector import build_tracer


class Parts:
    def __init__(
        self,
        settings: Settings,
        monitor: SqliteMonitor,
        clock: SystemClock,
        pairings: PairingBook,
        on_damaged: Callable[[CorruptMonitor], None],
        configurations: Configurations,
    ) -> None:
        """`on_damaged` is told that the monitor cannot be built on any more."""
        self._configurations = configurations
        self.settings, self.monitor, self.clock, self.pairings = settings, monitor, clock, pairings
        self._on_damaged = monitor.on_damaged = on_damaged
        self.tracer = build_tracer(settings.tracing, settings.host)
        self.workers = WorkerPool(settings.inspections.workers)
        self.backup_workers = WorkerPool(1, spare=1, max_waiting=16)
        self.tasks = TaskSet()
        self.listeners: Sequence[Listener] = ()
        self.lag = lag_of_running_loop()
        self.planner = Planner(self._run_due, on_jump=lambda jump: self.engine.pulse.beat(), clock=clock)
        self.channels = ChannelSet(settings, pairings, self.tasks)
        self.agent = build_agent(
            settings.agent,
            workers=self.workers,
            points=monitor.points,
            inspections=lambda: self.engine.catalogue.inspections(),
            books=MonitorBooks(monitor, monitor),
            clock=clock.now,
            state_dir=self.state_dir,
            tracer=self.tracer or NO_TRACES,
            board=budget_board.BOARD,
            past=monitor,
        )
        self.engine = self._build_engine()
        self.events = EventWatch(self.engine.noticer.notice)
        self.notices = Notices(self.engine)
        self.readiness = Readiness(monitor, self.planner, self.engine.ticker, self.lag, self.clock)
        self.life_sign = build_life_sign(settings.heartbeat)
        self.heartbeat = self._build_heartbeat()
        self.intents = IntentCopier(build_intent_sink(settings.intents, self.workers), monitor, monitor)
        self.glance = self._build_glance()
        self.backups = self._build_backups()
        self.budgets = self._build_budgets()
        self.api = ApiServer(
            self._api_context(),
            socket_path=self.socket,
            group=settings.api.group,
            admin_group=settings.api.admin_group,
            members=Role[settings.api.members.upper()],
            max_body_bytes=settings.api.max_body_bytes,
            tcp=build_tcp_address(settings.api.tcp),
        )

    @property
    def socket(self) -> Path:
        return resolved(self.settings.api.socket)

    @property
    def state_dir(self) -> Path:
        return resolved(self.settings.monitor.path).parent

    def _build_engine(self) -> Engine:
        world = World(
            monitor=self.monitor,
            queries=self.monitor,
            workers=self.workers,
            actions=build_actions(self.settings.actions, build_performer(self.settings.actions.helper.socket)),
            channels=self.channels.all,
            agent=self.agent,
            pausing=self.planner,
            clock=self.clock,
            uptime_s=proc.uptime_s,
            packages_change=packages.are_changing,
            boot_id=proc.boot_id(),
            topology=build_topology(self.settings),
            log_context=lambda run_id: logger.contextualize(run=run_id),
            tracer=self.tracer or NO_TRACES,
            jobs=BOARD,
            replays=self._build_replays(),
        )
        rules = build_rules(self.settings, self.channels.all)
        return build_engine(world, rules, load_catalogue(self.settings), self.settings.inspections.concurrency)

    def _build_replays(self) -> ReplayWorld:
        replaying = build_replays(
            self.settings.agent,
            workers=self.workers,
            points=self.monitor.points,
            clock=self.clock.now,
            state_dir=self.state_dir,
            models=self.agent.models if self.agent else None,
            past=self.monitor,
        )
        return ReplayWorld(replaying, CheckRegistry(), lambda text: parse_document(text, "document"))

    def _build_heartbeat(self) -> HeartbeatKeeper:
        wanted = self.settings.heartbeat
        return HeartbeatKeeper(
            self.life_sign,
            Rhythm(wanted.every, wanted.missing_after),
            self.readiness.is_ready,
            self.monitor,
            self.monitor,
            self.engine.ingest,
            self.clock,
        )

    def _build_glance(self) -> Glance:
        return Glance(
            self.monitor,
            self.planner,
            self.engine,
            self.clock,
            self.readiness,
            self.lag,
            self.agent,
            self.heartbeat,
            lambda: self.channels.all,
            lambda: self.listeners,
            lambda: self.tracer.counts if self.tracer else {},
            self.events,
            self.intents.notes,
        )

    def _build_backups(self) -> BackupKeeper:
        folder = build_backup_folder(self.settings)
        threads = (self.backup_workers, self.workers)
        store = ThreadedBackupStore(folder, *threads) if self.settings.backup.enabled else None
        plan = build_backup_plan(self.settings)
        return BackupKeeper(store, plan, self.monitor, self.monitor, self.engine.ingest, self.clock, self._on_damaged)

    def _build_budgets(self) -> BudgetKeeper:
        left = self.agent.models.left_of if self.agent and self.agent.models else None
        monitor = self.monitor
        return BudgetKeeper(budget_board.BOARD, left, monitor, monitor, self.engine.ingest, self.clock)

    def _build_assistant_probes(self) -> AssistantProbes:
        inspections = self.engine.catalogue.inspections
        return build_assistant_probes(self.settings.agent, self.workers, self.monitor.points, self.monitor, inspections)

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
            now=self.clock.now,
            pairings=self.pairings,
            backups=self.backups,
            channels=self.engine.channels.facts,
            forecasts=lambda: self.engine.foresight.forecasts,
            questions=self.engine.asker,
            configurations=self._configurations,
            replays=self.engine.replays,
            assistants=Assistance(self._build_assistant_probes(), self.monitor),
            models=self.agent.models if self.agent else None,
        )

    async def _run_due(self, inspection_id: str, planned_at: object, missed: int) -> None:
        await self.engine.runs.run_due(inspection_id, missed)

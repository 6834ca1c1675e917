"""The engine as a whole: its use cases, wired over the ports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from probed.engine.advise import Adviser
from probed.engine.alerts import AlertBook
from probed.engine.ask import Asker
from probed.engine.blind_watch import BlindWatch
from probed.engine.catalogue import Catalogue
from probed.engine.changes import ChangeBook
from probed.engine.channels import ChannelBook
from probed.engine.costs import Costs
from probed.engine.decide import Decider
from probed.engine.deliver import Deliverer
from probed.engine.dry_run import DryRuns
from probed.engine.event_look import EventLook
from probed.engine.execute import Executor
from probed.engine.foresight import Foresight
from probed.engine.gate import EvidenceGate
from probed.engine.ids import Ids
from probed.engine.ingest import Ingest
from probed.engine.inquiry_facts import InquiryFacts
from probed.engine.inspect import Inspector
from probed.engine.jobs import JobBook
from probed.engine.judging import Judge
from probed.engine.jump import ClockSteps
from probed.engine.known_fix import KnownFixes
from probed.engine.ladder import Ladder
from probed.engine.maintenance import MaintenanceBook
from probed.engine.memory_check import MemoryCheck
from probed.engine.newest import NewestLooks
from probed.engine.notice import Noticer
from probed.engine.operate import EngineOperator
from probed.engine.opinion import Opinions
from probed.engine.options import Options
from probed.engine.outbox import Outbox
from probed.engine.package_grace import PackageGrace
from probed.engine.persistence import Persistence
from probed.engine.prepare import Preparer
from probed.engine.pulse import Pulse
from probed.engine.recall import Recall
from probed.engine.recheck import Recheck
from probed.engine.rehearse import Rehearsal
from probed.engine.relations import Relations, build_relations
from probed.engine.remember import Remembered
from probed.engine.replay import ReplayWorld, RunReplays, build_replays
from probed.engine.retire import Retirement
from probed.engine.roll_back import Reverter
from probed.engine.rules import Rules
from probed.engine.rulings import Rulings
from probed.engine.runs import LogContext, RunBook
from probed.engine.silences import SilenceBook
from probed.engine.solved_cases import SolvedCaseBook
from probed.engine.standings import StandingBook
from probed.engine.tick import Ticker
from probed.ports import (
    NO_TRACES,
    Actions,
    Agent,
    Channel,
    Clock,
    JobBoard,
    Monitor,
    Pausing,
    Queries,
    Topology,
    Tracer,
    Workers,
)


@dataclass(frozen=True, slots=True)
class World:
    """What the engine is built over."""

    monitor: Monitor
    queries: Queries
    workers: Workers
    actions: Actions
    channels: Sequence[Channel]
    agent: Agent | None
    pausing: Pausing
    clock: Clock
    uptime_s: Callable[[], float]
    packages_change: Callable[[], bool] = lambda: False
    """Whether a package manager is at work."""
    boot_id: str = ""
    """Of the host, as the kernel says; empty: not known."""
    log_context: LogContext = nullcontext
    topology: Topology | None = None
    tracer: Tracer = NO_TRACES
    jobs: JobBoard | None = None
    replays: ReplayWorld | None = None


@dataclass(frozen=True, slots=True)
class Engine:
    rules: Rules
    catalogue: Catalogue
    ingest: Ingest
    operator: EngineOperator
    runs: RunBook
    jobs: JobBook
    relations: Relations
    ticker: Ticker
    outbox: Outbox
    deliverer: Deliverer
    persistence: Persistence
    channels: ChannelBook
    pulse: Pulse
    judge: Judge
    retirement: Retirement
    foresight: Foresight
    noticer: Noticer
    remembered: Remembered
    asker: Asker
    gate: EvidenceGate
    replays: RunReplays | None

    def take_over(self, rules: Rules) -> None:
        """After the configuration was read anew."""
        self.rules.take_over(rules)
        self.judge.boot_grace_s = rules.boot_grace_s

    async def take_over_channels(self, channels: Sequence[Channel]) -> None:
        """The same for who is told; before the rules that name them."""
        self.outbox.take_over(channels)
        await self.deliverer.take_over(channels)
        self.pulse.beat()


def build_engine(world: World, rules: Rules, catalogue: Catalogue, concurrency: int = 4) -> Engine:
    clock, monitor, workers, actions = world.clock, world.monitor, world.workers, world.actions
    tracer = world.tracer
    ids, pulse, costs = Ids(clock), Pulse(), Costs(world.queries, clock)
    maintenance = MaintenanceBook(ids, clock, rules)
    rulings = Rulings(actions, clock, rules, (maintenance,))
    options = Options(actions, workers, rulings, rules)
    outbox = Outbox(ids, clock, rules, world.channels)
    relations = build_relations(outbox, maintenance, ids, world.topology, workers, clock, rules)
    alerts = AlertBook(outbox, catalogue, ids, clock, rules, relations.sieve, relations.listeners)
    recall = Recall(world.queries, rules, clock)
    solved = SolvedCaseBook(monitor, recall, ids, clock)
    ladder = Ladder(options, alerts, outbox, catalogue, ids, clock, tracer, solved)
    ingest = Ingest(monitor, ladder, options, catalogue, ids, clock, pulse, tracer, recall)
    standings = StandingBook(actions, clock, rules)
    decider = Decider(monitor, ladder, options, outbox, actions, workers, catalogue, clock, rules)
    adviser = Adviser(world.agent, actions, catalogue, monitor, costs)
    preparer = Preparer(monitor, decider, outbox, actions, workers, standings, rulings, adviser, clock, tracer)
    rehearsal = Rehearsal(monitor, actions, workers, standings, clock)
    changes = ChangeBook(actions, workers, outbox, standings, ids, clock, rules)
    reverter = Reverter(monitor, actions, workers, outbox, clock, tracer)
    recheck = Recheck(catalogue, world.queries, workers, tracer)
    executor = Executor(
        monitor, ladder, options, outbox, actions, workers, catalogue, recheck, changes, ids, clock, tracer, solved
    )
    deliverer = Deliverer(monitor, world.channels, clock, alerts.notifier)
    judge = Judge(rules.boot_grace_s)
    foresight = Foresight(world.queries, workers, clock)
    newest, remembered = NewestLooks(), Remembered()
    gate = EvidenceGate(monitor, world.queries, KnownFixes(monitor, options), clock, rules)
    retirement = Retirement(monitor, world.queries, ladder, catalogue, judge, pulse, newest, remembered)
    inspector = Inspector(
        monitor=monitor,
        queries=world.queries,
        ingest=ingest,
        catalogue=catalogue,
        judge=judge,
        foresight=foresight,
        retirement=retirement,
        workers=workers,
        opinions=Opinions(monitor, world.agent, gate, MemoryCheck(monitor, recall, solved, costs), costs),
        actions=actions,
        ids=ids,
        clock=clock,
        tracer=tracer,
        uptime_s=world.uptime_s,
        package_grace=PackageGrace(world.packages_change, clock),
        newest=newest,
        remembered=remembered,
        boot_id=world.boot_id,
    )
    persistence = Persistence(monitor, deliverer, rules, clock, pulse)
    blind = BlindWatch(inspector, catalogue, world.queries, persistence)
    runs = RunBook(
        monitor, inspector, blind, catalogue, alerts, world.pausing, clock, pulse, world.log_context, concurrency
    )
    event_look = EventLook(inspector, ingest, catalogue, retirement, workers, ids, clock, tracer)
    noticer = Noticer(catalogue, event_look, runs, blind, clock)
    jobs = JobBook(monitor, world.queries, world.jobs, noticer.notice, clock)
    channels = ChannelBook(monitor, world.queries, deliverer, ids, clock, pulse, rules)
    operator = EngineOperator(
        monitor,
        world.queries,
        ladder,
        decider,
        ingest,
        runs,
        relations,
        outbox,
        rulings,
        standings,
        changes,
        channels,
        clock,
        pulse,
        alerts,
        SilenceBook(monitor, world.queries, outbox, ids, clock, pulse),
        jobs,
        solved,
        DryRuns(monitor, actions, workers, rulings),
    )
    asker = Asker(
        world.agent,
        monitor,
        world.queries,
        InquiryFacts(world.queries, catalogue, clock, rules),
        ids,
        clock,
        rules,
        tracer,
        world.log_context,
    )
    steps = ClockSteps(monitor, clock, pulse, world.boot_id)
    ticker = Ticker(
        monitor,
        world.queries,
        ladder,
        alerts,
        relations,
        decider,
        preparer,
        rehearsal,
        executor,
        reverter,
        deliverer,
        outbox,
        persistence,
        steps,
        clock,
        pulse,
    )
    return Engine(
        rules,
        catalogue,
        ingest,
        operator,
        runs,
        jobs,
        relations,
        ticker,
        outbox,
        deliverer,
        persistence,
        channels,
        pulse,
        judge,
        retirement,
        foresight,
        noticer,
        remembered,
        asker,
        gate,
        build_replays(world.replays, monitor, world.queries, options, gate, ids, clock),
    )

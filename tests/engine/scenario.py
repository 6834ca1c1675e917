"""A small language for the ladder: reports come in, virtual time passes, a person is told. The monitor is the real one.

async with scenario(tmp_path) as host:
    await host.report("disks", make_finding())
    await host.passes(2)
    assert host.told == ["warning: /srv is 85% full"]
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from probed.checks.registry import CheckRegistry
from probed.config.documents import parse_document
from probed.core.effect import EffectKind, EffectState, QueuedEffect
from probed.core.finding import Finding
from probed.core.inspection import ActionRule, CheckCall, Inspection
from probed.core.observation import Observation
from probed.core.permission import Mode
from probed.core.report import Report, Verdict
from probed.core.routing import Routing
from probed.core.run import Run, RunState, Trigger
from probed.engine.catalogue import Catalogue, Entry
from probed.engine.engine import Engine, World, build_engine
from probed.engine.replay import ReplayWorld
from probed.engine.rules import Rules
from probed.engine.tick import Work
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from probed.ports import Actions, Actor, Agent, Channel, Check, ReportDraft, Topology, Workers
from probed.testing import (
    ImmediateWorkers,
    NoPausing,
    RecordingChannel,
    ScriptedAction,
    ScriptedActions,
    ScriptedCheck,
    ScriptedReplaying,
)
from tests.factories import HandClock, make_inspection, next_due

ANN = Actor("uid:1000 ann")


@dataclass
class Host:
    """One host under the engine's care."""

    path: Path
    clock: HandClock
    action: ScriptedAction
    channel: RecordingChannel
    rules: Rules
    catalogue: Catalogue
    agent: Agent | None = None
    actions: Actions | None = None
    """Instead of the scripted one."""
    topology: Topology | None = None
    workers: Workers = field(default_factory=ImmediateWorkers)
    replaying: ScriptedReplaying = field(default_factory=ScriptedReplaying)
    others: Sequence[Channel] = ()
    """Channels beside the one whose messages the test looks at."""
    monitor: SqliteMonitor = field(init=False)
    engine: Engine = field(init=False)

    async def boot(self, boot_id: str = "this boot") -> None:
        self.monitor = await open_monitor(self.path, self.clock)
        world = World(
            monitor=self.monitor,
            queries=self.monitor,
            workers=self.workers,
            actions=self.actions or ScriptedActions(self.action),
            channels=[self.channel, *self.others],
            agent=self.agent,
            pausing=NoPausing(),
            clock=self.clock,
            uptime_s=self.clock.monotonic,
            boot_id=boot_id,
            topology=self.topology,
            replays=ReplayWorld(self.replaying, CheckRegistry(), lambda text: parse_document(text, "document")),
        )
        self.engine = build_engine(world, self.rules, self.catalogue)
        await self.engine.runs.recover()
        await self.engine.ticker.recover()

    async def reboot(self, boot_id: str = "this boot") -> None:
        """As after a crash: nothing in memory survives. With another `boot_id` as after one of the whole host."""
        await self.monitor.close()
        await self.boot(boot_id)

    def document(self, inspection: Inspection, checks: Sequence[Check] = ()) -> None:
        entry = Entry(inspection, checks)
        self.catalogue.entries = {**self.catalogue.entries, inspection.id: entry}

    async def run(self, inspection_id: str) -> Run:
        run = await self.engine.runs.begin(inspection_id, Trigger.OPERATOR)
        await self.engine.runs.finished(inspection_id)
        return await self.monitor.run(run.id)

    async def report_without_settling(self, source: str, *findings: Finding) -> None:
        await self.engine.operator.submit(ReportDraft(source, "ok", "as the test says", findings), ANN)

    async def report(self, source: str, *findings: Finding, verdict: Verdict = Verdict.OK) -> Report:
        draft = ReportDraft(source, str(verdict), "as the test says", findings)
        report = await self.engine.operator.submit(draft, ANN)
        await self.settles()
        return report

    async def passes(self, seconds: float, step_s: float = 1.0) -> None:
        """Let virtual time pass, turning the engine at each step."""
        left = seconds
        while left > 0:
            self.clock.advance(min(step_s, left))
            left -= step_s
            await self.settles()

    async def settles(self) -> None:
        """Turn the engine until nothing is due and nothing under way."""
        for _ in range(100):
            await self.engine.ticker.turn()
            await self.engine.ticker.idle()
            due = await next_due(self.monitor)
            if due is None or due > self.clock.now():
                return
        raise AssertionError("the engine does not come to rest")

    @property
    def told(self) -> list[str]:
        return [card.title for card in self.channel.cards]

    async def stage_of(self, object_: str) -> str:
        cases = (await self.monitor.cases(50)).items
        return next(str(case.stage) for case in cases if case.object == object_)

    async def pending_actions(self) -> Sequence[QueuedEffect]:
        async with self.monitor.transaction() as tx:
            return await tx.effects.due(EffectKind.EXECUTE, self.clock.now(), 10)

    async def messages(self) -> Sequence[QueuedEffect]:
        """What waits in the outbox."""
        async with self.monitor.transaction() as tx:
            return await tx.effects.queued_for(self.channel.name, 1000)

    async def next_message(self) -> QueuedEffect:
        """Flush the groups that are due without sending anything, and return the message that waits."""
        async with self.monitor.transaction() as tx:
            await self.engine.ticker.alerts.flush_due(tx, self.clock.now())
            [message] = await tx.effects.due(EffectKind.SEND, self.clock.now(), 10)
            return message

    def break_trade(self, kind: EffectKind, work: Work) -> None:
        """Let the work on one kind of effect fail as the test says."""
        trades = self.engine.ticker._trades
        trades[kind] = replace(trades[kind], work=work)

    def slow_run(self, inspection_id: str, saw: Sequence[Observation]) -> Coroutine[None, None, Run]:
        """A run that has looked by now (and `saw` this), but reports only when it is awaited."""
        looked_at = self.clock.now()
        entry = replace(self.catalogue.get(inspection_id), checks=[ScriptedCheck("systemd_unit", tuple(saw))])
        inspector = self.engine.runs._inspector

        async def report() -> Run:
            run = await inspector.queue(inspection_id, Trigger.OPERATOR)
            return await inspector._inspect(replace(run, state=RunState.RUNNING, started_at=looked_at), entry)

        return report()

    async def while_turning(self, work: Coroutine[None, None, None]) -> None:
        """Let `work` go on while the engine turns, as in the daemon."""
        task = asyncio.create_task(work)
        while not task.done():
            await self.settles()
            await asyncio.sleep(0.01)
        await task

    async def break_off(self, effect_id: str) -> None:
        """As if the daemon had died while the effect was under way, an action in the middle of its execution."""
        async with self.monitor.transaction() as tx:
            effect = await tx.effects.get(effect_id)
            payload = {**effect.payload, "before": {}} if effect.kind is EffectKind.EXECUTE else effect.payload
            now = self.clock.now()
            await tx.effects.save(replace(effect, state=EffectState.STARTED, started_at=now, payload=payload))


@asynccontextmanager
async def scenario(
    folder: Path,
    *,
    mode: Mode = Mode.ACT,
    first_sweep_done: bool = True,
    agent: Agent | None = None,
    others: Sequence[Channel] = (),
    actions: Actions | None = None,
    workers: Workers | None = None,
) -> AsyncIterator[Host]:
    host = Host(
        path=folder / "monitor.db",
        clock=HandClock(),
        action=ScriptedAction(),
        channel=RecordingChannel(),
        rules=Rules("host-a", mode=mode, routing=Routing.one_host("recording", *(channel.name for channel in others))),
        catalogue=Catalogue(),
        agent=agent,
        actions=actions,
        workers=workers or ImmediateWorkers(),
        others=others,
    )
    await host.boot()
    if first_sweep_done:
        async with host.monitor.transaction() as tx:
            await tx.settings.set("first_sweep_done", True)
    try:
        yield host
    finally:
        await host.monitor.close()


def with_actions(
    *, l1: Sequence[str] = (), l2: Sequence[str] = (), named: str = "services", **changes: object
) -> Inspection:
    rule = ActionRule(automatic={name: {} for name in l1}, ask={name: {} for name in l2})
    return make_inspection(id=named, actions=rule, checks=(CheckCall("systemd_unit"),), **changes)

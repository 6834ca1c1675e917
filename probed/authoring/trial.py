"""A document is run once in a world of its own.

Its checks look at this host; what answers by a script takes the model's place; nothing is done, asked, told or kept.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from probed.actions.registry import build_actions
from probed.agent.backend import build_agent
from probed.agent.gateway.books import MonitorBooks
from probed.assembly import build_rules
from probed.config.agent import AgentSettings, BudgetSettings, LocalSettings
from probed.config.settings import Settings
from probed.core.case import Case, Stage
from probed.core.inspection import AgentWhen
from probed.core.intent import IntentKind
from probed.core.report import Report
from probed.core.run import Run, Trigger
from probed.daemon.clock import SystemClock
from probed.daemon.workers import WorkerPool
from probed.engine.catalogue import Catalogue, Entry
from probed.engine.engine import World, build_engine
from probed.engine.ladder import call_of
from probed.host import proc
from probed.mock_model.reply import Reply
from probed.mock_model.request import Request
from probed.mock_model.script import found
from probed.mock_model.server import MockModel
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from probed.testing import NoPausing

MOST = 500
"""Findings that are told of."""
MARGIN_S = 15.0
"""How much later than its time-out a run may end."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that the model got."""

    tools: Sequence[str]
    characters: int


@dataclass(frozen=True, slots=True)
class NextStep:
    case: Case
    action: str = ""
    """That would run at once, or be asked about."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    run: Run
    report: Report
    steps: Sequence[NextStep]
    """What the ladder would make of each finding."""
    exchanges: Sequence[Exchange]


def tried(settings: Settings, entry: Entry, script: str) -> Trial:
    """`script`: of the model that is asked, whatever the checks find; empty: none is. Raises ConfigError."""
    exchanges: list[Exchange] = []

    def hear(request: Request, reply: Reply) -> None:
        exchanges.append(Exchange(request.tools, len(request.text)))

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cortex-test-")))
        agent = AgentSettings()
        if script and entry.inspection.agent.when is not AgentWhen.NEVER:
            model = stack.enter_context(MockModel(found(script), told=hear))
            agent = _asking(settings.agent, model.base_url)
            rule = replace(entry.inspection.agent, when=AgentWhen.ALWAYS)
            entry = replace(entry, inspection=replace(entry.inspection, agent=rule))
        return asyncio.run(_run(replace(settings, agent=agent), entry, folder, exchanges))


def _asking(settings: AgentSettings, url: str) -> AgentSettings:
    """As the operator has it, but for where the model is, and what it may cost."""
    local = settings.local and LocalSettings(base_url=url, model=settings.local.model)
    return replace(
        settings,
        backend="anthropic",
        base_url=url,
        api_key_file=None,
        local=local or LocalSettings(base_url=url, model="local"),
        budget=BudgetSettings(day_usd=None, month_usd=None),
        routes=(),
        fallback=(),
    )


async def _run(settings: Settings, entry: Entry, folder: Path, exchanges: Sequence[Exchange]) -> Trial:
    clock, workers = SystemClock(), WorkerPool(settings.inspections.workers)
    monitor = await open_monitor(folder / "monitor.db", clock)
    agent = build_agent(
        settings.agent,
        workers=workers,
        points=monitor.points,
        books=MonitorBooks(monitor, monitor),
        clock=clock.now,
        state_dir=folder,
    )
    try:
        world = World(
            monitor=monitor,
            queries=monitor,
            workers=workers,
            actions=build_actions(settings.actions),
            channels=(),
            agent=agent,
            pausing=NoPausing(),
            clock=clock,
            uptime_s=proc.uptime_s,
        )
        return await _carried_out(world, monitor, settings, entry, exchanges)
    finally:
        if agent:
            await agent.close()
        workers.close()
        await monitor.close()


async def _carried_out(
    world: World, monitor: SqliteMonitor, settings: Settings, entry: Entry, exchanges: Sequence[Exchange]
) -> Trial:
    """The engine's clockwork is never started: what the ladder calls for is stored, and stays undone."""
    async with monitor.transaction() as tx:
        await tx.settings.set("first_sweep_done", True)
    inspection = entry.inspection
    engine = build_engine(world, build_rules(settings, ()), Catalogue({inspection.id: entry}), 1)
    run = await engine.runs.begin(inspection.id, Trigger.OPERATOR)
    try:
        await engine.runs.finished(inspection.id, within_s=inspection.timeout_s + MARGIN_S)
    finally:  # nothing is under way any more when the monitor is closed
        await engine.runs.stop(0.0)
    run = await monitor.run(run.id)
    report = (await monitor.reports(1)).items[0]
    return Trial(run, report, await _steps(monitor), tuple(exchanges))


async def _steps(monitor: SqliteMonitor) -> list[NextStep]:
    steps = {case.id: NextStep(case, reason=case.outlook) for case in (await monitor.cases(MOST)).items}
    for decision in (await monitor.decisions(MOST)).items:
        steps[decision.case_id] = replace(steps[decision.case_id], action=decision.call.key, reason=decision.reason)
    for intent in (await monitor.intents(MOST, kind=IntentKind.DECISION)).items:
        if intent.subject in steps and steps[intent.subject].case.stage is Stage.FIXING:
            call = call_of(intent.detail)
            steps[intent.subject] = replace(steps[intent.subject], action=call.key)
    return list(steps.values())

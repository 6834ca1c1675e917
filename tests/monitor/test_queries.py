from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta

from probed.core.alert import AlertState
from probed.core.decision import DecisionState
from probed.core.effect import EffectState
from probed.core.finding import Severity
from probed.core.report import Verdict
from probed.engine.solved_cases import SAVED
from probed.monitor.sqlite import READERS, SqliteMonitor
from tests.factories import (
    NOW,
    make_alert,
    make_case,
    make_decision,
    make_execution,
    make_group,
    make_memory,
    make_message,
    new_id,
    next_due,
)
from tests.monitor.filling import add_case, add_report, resolve


async def test_the_latest_reports_are_the_newest_of_each_source(monitor: SqliteMonitor) -> None:
    await add_report(monitor, "services")
    await add_report(monitor, "disks")
    services = await add_report(monitor, "services", findings=(), verdict=Verdict.UNKNOWN)
    disks = await add_report(monitor, "disks", at=NOW - timedelta(hours=1))
    backup = await add_report(monitor, "backup")

    newest = [replace(report, findings=()) for report in (backup, disks, services)]
    assert await monitor.latest_reports() == newest


async def test_the_verdicts_of_reports_that_are_still_there(monitor: SqliteMonitor) -> None:
    fine = await add_report(monitor, findings=())
    unknown = await add_report(monitor, verdict=Verdict.UNKNOWN)
    await add_report(monitor)

    verdicts = await monitor.verdicts([fine.id, unknown.id, new_id()])

    assert verdicts == {fine.id: Verdict.OK, unknown.id: Verdict.UNKNOWN}


async def test_without_reports_there_is_no_latest(monitor: SqliteMonitor) -> None:
    assert await monitor.latest_reports() == []


async def test_the_worst_open_case_of_each_source(monitor: SqliteMonitor) -> None:
    for severity in Severity:
        await add_case(monitor, source="disks", object=severity.value, severity=severity)
    await resolve(monitor, await add_case(monitor, source="disks", object="solved", severity=Severity.CRITICAL))
    await add_case(monitor, source="backup", severity=Severity.INFO)
    await resolve(monitor, await add_case(monitor, source="services", severity=Severity.CRITICAL))

    assert await monitor.worst_open() == {"backup": Severity.INFO, "disks": Severity.CRITICAL}


async def test_an_empty_monitor_counts_nothing(monitor: SqliteMonitor) -> None:
    assert set((await monitor.counts()).values()) == {0}


async def test_counts(monitor: SqliteMonitor) -> None:
    await add_report(monitor)
    await add_report(monitor)
    cases = [await add_case(monitor, object=new_id()) for _ in range(6)]
    await resolve(monitor, cases.pop())
    states = [AlertState.FIRING] * 2 + [AlertState.ACKNOWLEDGED] + [AlertState.RESOLVED] * 2
    async with monitor.transaction() as tx:
        for case, state in zip(cases, states, strict=True):
            await tx.alerts.save(make_alert(case, state=state))
        await tx.decisions.save(make_decision(cases[0]))
        await tx.decisions.save(make_decision(cases[1], state=DecisionState.APPROVED))
        for effect_state in EffectState:
            await tx.effects.save(make_message(state=effect_state))
            await tx.effects.save(make_execution(state=effect_state))
        await tx.solved_cases.save(make_memory())
        await tx.settings.set(SAVED, 3)

    assert await monitor.counts() == {
        "alerts_firing": 2,
        "alerts_acknowledged": 1,
        "decisions_waiting": 1,
        "cases_open": 5,
        "memories": 1,
        "investigations_saved": 3,
        "messages_pending": 3,
        "messages_dead": 1,
        "reports": 2,
        "runs": 2,
    }


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def test_nothing_is_due_in_an_empty_monitor(monitor: SqliteMonitor) -> None:
    assert await next_due(monitor) is None


async def test_next_due_is_the_earliest_of_all_timers(monitor: SqliteMonitor) -> None:
    case = make_case(expires_at=after(50))
    due = []
    async with monitor.transaction() as tx:
        await tx.cases.save(case)
    due.append(await next_due(monitor))
    async with monitor.transaction() as tx:
        await tx.decisions.save(make_decision(case, expires_at=after(40)))
    due.append(await next_due(monitor))
    async with monitor.transaction() as tx:
        await tx.groups.save(make_group(next_flush_at=after(30)))
    due.append(await next_due(monitor))
    async with monitor.transaction() as tx:
        await tx.effects.save(make_execution(due_at=after(20)))
    due.append(await next_due(monitor))
    async with monitor.transaction() as tx:
        await tx.effects.save(make_message(due_at=after(10)))
    due.append(await next_due(monitor))

    assert due == [after(seconds) for seconds in (50, 40, 30, 20, 10)]


async def test_what_is_over_is_not_due(monitor: SqliteMonitor) -> None:
    case = await add_case(monitor, expires_at=NOW)
    await resolve(monitor, case)
    async with monitor.transaction() as tx:
        await tx.decisions.save(make_decision(case, state=DecisionState.EXPIRED))
        await tx.groups.save(make_group(next_flush_at=None))
        for state in (EffectState.STARTED, EffectState.DONE, EffectState.DEAD):
            await tx.effects.save(make_execution(state=state))

    assert await next_due(monitor) is None


async def test_a_message_is_not_due_before_the_older_one_that_holds_it_back(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.effects.save(make_message("telegram", due_at=after(30)))
        await tx.effects.save(make_message("telegram", due_at=after(0)))
        await tx.effects.save(make_message("journal", state=EffectState.STARTED))
        await tx.effects.save(make_message("journal", due_at=after(0)))

    assert await next_due(monitor) == after(30)


async def test_the_engine_does_not_wait_behind_the_faces(monitor: SqliteMonitor) -> None:
    async with AsyncExitStack() as slow_queries:
        for _ in range(READERS):
            await slow_queries.enter_async_context(monitor._readers.session())

        async with asyncio.timeout(2):
            assert await next_due(monitor) is None
            assert await monitor.setting("mode") is None

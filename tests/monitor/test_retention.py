from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from probed.core.alert import AlertState
from probed.core.case import Stage
from probed.core.decision import OPEN, DecisionState
from probed.core.effect import EffectKind, EffectState, QueuedEffect
from probed.core.maintenance import Fixes, Window
from probed.core.report import Verdict
from probed.core.run import RunState, Trigger
from probed.errors import CortexError
from probed.monitor import retention
from probed.monitor.retention import Lifetimes
from probed.monitor.room import used_bytes
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import (
    NOW,
    HandClock,
    make_alert,
    make_case,
    make_change,
    make_decision,
    make_execution,
    make_finding,
    make_group,
    make_message,
    make_observation,
    make_run,
    measured,
    new_id,
)
from tests.monitor.filling import add_case, add_report, resolve
from tests.monitor.test_backups import count

DAY = 86400.0
OLD = NOW - timedelta(days=31)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


async def prune(monitor: SqliteMonitor) -> dict[str, int]:
    """Keeps samples for 2 days and nothing of them afterwards, reports for 30, events for 7."""
    lives = Lifetimes(2 * DAY, 30 * DAY, 7 * DAY, 30 * DAY, five_minutes_s=2 * DAY, hours_s=2 * DAY)
    removed = await monitor.prune(NOW, lives)
    return {table: count for table, count in removed.items() if count}


async def report_ids(monitor: SqliteMonitor) -> list[str]:
    return [report.id for report in (await monitor.reports(500)).items]


async def test_an_empty_monitor_has_nothing_to_lose(monitor: SqliteMonitor) -> None:
    assert await prune(monitor) == {}


async def test_old_reports_go_with_their_runs_and_findings(monitor: SqliteMonitor) -> None:
    await add_report(monitor, at=OLD, findings=(make_finding(), make_finding(object="/")))
    kept = await add_report(monitor, at=days_ago(29))

    assert await prune(monitor) == {"reports": 1, "runs": 1}

    assert await report_ids(monitor) == [kept.id]
    assert [run.id for run in (await monitor.runs(10)).items] == [kept.run_id]
    assert [found.report_id for found in (await monitor.findings(10)).items] == [kept.id]


async def test_each_source_keeps_its_newest_report_however_old(monitor: SqliteMonitor) -> None:
    await add_report(monitor, "disks", at=days_ago(60))
    disks = await add_report(monitor, "disks", at=days_ago(50))
    services = await add_report(monitor, "services", at=days_ago(40))
    latest = await monitor.latest_reports()

    await prune(monitor)

    assert await report_ids(monitor) == [services.id, disks.id]
    assert await monitor.latest_reports() == latest


async def test_another_program_that_is_silent_for_long_and_of_which_nothing_is_open_goes_with_its_last_run(
    monitor: SqliteMonitor,
) -> None:
    await add_report(monitor, "backup", at=days_ago(31), trigger=Trigger.EXTERNAL)
    troubled = await add_report(monitor, "deploy", at=days_ago(31), trigger=Trigger.EXTERNAL)
    speaking = await add_report(monitor, "cron", at=days_ago(29), trigger=Trigger.EXTERNAL)
    await add_case(monitor, source="deploy", stage=Stage.TOLD, opened_at=days_ago(31))

    await prune(monitor)
    await prune(monitor)

    assert await report_ids(monitor) == [speaking.id, troubled.id]
    assert {run.inspection for run in (await monitor.runs(10)).items} == {"cron", "deploy"}


async def test_an_open_case_keeps_the_report_that_found_it_last(monitor: SqliteMonitor) -> None:
    await add_report(monitor, at=days_ago(40), findings=(make_finding(),))
    found_last = await add_report(monitor, at=days_ago(39), findings=(make_finding(), make_finding(object="/")))
    await add_report(monitor, at=days_ago(38), findings=(make_finding(object="/"),))
    silent = await add_report(monitor, at=days_ago(37), findings=(), verdict=Verdict.UNKNOWN)
    case = await add_case(monitor, stage=Stage.TOLD, opened_at=days_ago(40))

    await prune(monitor)
    assert await report_ids(monitor) == [silent.id, found_last.id]

    await resolve(monitor, case, at=NOW)
    await prune(monitor)
    assert await report_ids(monitor) == [silent.id]


async def test_runs_that_left_no_report_go_too_but_not_the_one_that_began_last(monitor: SqliteMonitor) -> None:
    def old_run(inspection: str, state: RunState, **changes: object) -> str:
        run = make_run(id=new_id(OLD), inspection=inspection, state=state, created_at=OLD, **changes)
        runs.append(run)
        return run.id

    runs: list[object] = []
    old_run("disks", RunState.FAILED, started_at=OLD)
    last_begun = old_run("disks", RunState.TIMEOUT, started_at=OLD)
    old_run("disks", RunState.CANCELLED)
    newest = old_run("disks", RunState.CANCELLED)
    pending = old_run("services", RunState.PENDING)
    async with monitor.transaction() as tx:
        for run in runs:
            await tx.runs.save(run)  # type: ignore[arg-type]
        before = await tx.runs.last_started()

    assert await prune(monitor) == {"runs": 2}

    assert [run.id for run in (await monitor.runs(10)).items] == [pending, newest, last_begun]
    async with monitor.transaction() as tx:
        assert await tx.runs.last_started() == before


async def test_resolved_cases_go_with_their_alerts_but_open_ones_stay(monitor: SqliteMonitor) -> None:
    gone = await add_case(monitor, object="/gone", stage=Stage.RESOLVED, opened_at=OLD, resolved_at=OLD)
    recent = await add_case(monitor, object="/recent", stage=Stage.RESOLVED, opened_at=OLD, resolved_at=NOW)
    open_ = await add_case(monitor, object="/open", stage=Stage.TOLD, opened_at=OLD)
    async with monitor.transaction() as tx:
        await tx.alerts.save(make_alert(gone, starts_at=OLD, state=AlertState.RESOLVED, ends_at=OLD))
        late = make_alert(recent, starts_at=OLD, state=AlertState.RESOLVED, ends_at=NOW)
        await tx.alerts.save(late)
        firing = make_alert(open_, starts_at=OLD)
        await tx.alerts.save(firing)

    assert await prune(monitor) == {"alerts": 1, "cases": 1}

    assert (await monitor.alerts(10)).items == [firing, late]
    assert (await monitor.cases(10)).items == [open_, recent]


async def test_decisions_and_changes_go_later_with_their_cases_and_intents_never(monitor: SqliteMonitor) -> None:
    past = {"opened_at": OLD, "stage": Stage.RESOLVED, "resolved_at": OLD}
    decided, changed = make_case(object="/a", **past), make_case(object="/b", **past)
    execution = make_execution(changed, state=EffectState.DONE, created_at=OLD, ended_at=OLD)
    over = {"created_at": OLD, "expires_at": OLD, "state": DecisionState.REJECTED}
    async with monitor.transaction() as tx:
        await tx.cases.save_all([decided, changed])
        decision = await tx.decisions.save(make_decision(decided, **over))
        approved = await tx.decisions.save(make_decision(changed, **{**over, "state": DecisionState.VERIFIED}))
        await tx.effects.save(execution)
        change = make_change(changed, execution, decision_id=approved.id, started_at=OLD, ended_at=OLD)
        await tx.changes.save(change)
        await tx.ledger.append("note", "cortex", "", "for ever")

    assert await prune(monitor) == {}
    assert (await monitor.decisions(10)).items == [approved, decision]
    assert (await monitor.changes(10)).items == [change]

    removed = await monitor.prune(NOW, Lifetimes(0, 0, 0, 0, 30 * DAY))

    assert {table: count for table, count in removed.items() if count} == {
        "changes": 1,
        "decisions": 2,
        "cases": 2,
        "effects": 1,
    }
    assert len((await monitor.intents(10)).items) == 1


@pytest.mark.parametrize("state", [state for state in DecisionState if state in (*OPEN, "approved", "executing")])
async def test_a_decision_that_is_not_over_stays_however_old(monitor: SqliteMonitor, state: DecisionState) -> None:
    case = make_case(opened_at=OLD, stage=Stage.RESOLVED, resolved_at=OLD)
    async with monitor.transaction() as tx:
        await tx.cases.save(case)
        await tx.decisions.save(make_decision(case, created_at=OLD, expires_at=OLD, state=state))

    assert sum((await monitor.prune(NOW, Lifetimes(0, 0, 0, 0, 0))).values()) == 0


async def test_what_an_open_case_or_a_running_timer_stands_on_stays(monitor: SqliteMonitor) -> None:
    open_, over = (
        make_case(object="/a", stage=Stage.TOLD),
        make_case(object="/b", stage=Stage.RESOLVED, resolved_at=OLD),
    )
    effects = [make_execution(case, state=EffectState.DONE, created_at=OLD, ended_at=OLD) for case in (open_, over)]
    changes = [
        make_change(case, effect, started_at=OLD, ended_at=OLD)
        for case, effect in zip((open_, over), effects, strict=True)
    ]
    timer = QueuedEffect(new_id(), EffectKind.ROLL_BACK, changes[1].id, "", {}, OLD, NOW)
    async with monitor.transaction() as tx:
        await tx.cases.save_all([open_, over])
        for effect in (*effects, timer):
            await tx.effects.save(effect)
        for change in changes:
            await tx.changes.save(change)

    assert (await monitor.prune(NOW, Lifetimes(0, 0, 0, 0, 0)))["changes"] == 0


async def test_where_room_is_wanted_detail_goes_sooner_and_what_was_decided_stays(monitor: SqliteMonitor) -> None:
    for days in range(29):
        await add_report(monitor, at=days_ago(days), summary="x" * 200_000)
    case = await add_case(monitor, stage=Stage.RESOLVED, opened_at=OLD, resolved_at=days_ago(5))
    async with monitor.transaction() as tx:
        await tx.decisions.save(make_decision(case, created_at=days_ago(5), state=DecisionState.REJECTED))
    used = used_bytes(monitor.path)

    await monitor.prune(NOW, Lifetimes(), used)
    assert count(monitor.path, "reports") == 29

    await monitor.prune(NOW, Lifetimes(), used // 2)

    assert 5 < count(monitor.path, "reports") < 15
    assert used_bytes(monitor.path) <= used // 2
    assert len((await monitor.decisions(10)).items) == 1


def test_a_file_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    with pytest.raises(CortexError):
        used_bytes(tmp_path / "gone" / "monitor.db")


async def test_the_file_gives_its_free_room_back_between_which_others_write(monitor: SqliteMonitor) -> None:
    for number in range(400):
        await add_report(monitor, source=f"source-{number % 4}", at=OLD, summary="x" * 20_000)
    before = monitor.size_bytes()

    pruning = asyncio.create_task(prune(monitor))
    written = 0
    while not pruning.done():
        await monitor.probe_write()
        written += 1
    await pruning
    async with monitor.transaction() as tx:
        (free,) = (await tx.session.rows("PRAGMA freelist_count"))[0]
        (pages,) = (await tx.session.rows("PRAGMA page_count"))[0]

    assert free <= pages * 0.11
    assert pages * 4096 < before / 10
    assert written > 6


async def test_messages_go_unless_what_they_tell_about_is_still_open(monitor: SqliteMonitor) -> None:
    case = await add_case(monitor)
    alert, decision, group = make_alert(case), make_decision(case), make_group()

    def sent(subject: str, state: EffectState = EffectState.DONE) -> None:
        receipt = {"message_id": 1}
        messages.append(make_message(subject=subject, state=state, created_at=OLD, ended_at=OLD, receipt=receipt))

    messages: list[object] = []
    for subject in (alert.id, decision.id, group.key):
        sent(subject)
    sent("over", EffectState.PENDING)
    sent("over", EffectState.DONE)
    sent("over", EffectState.DEAD)
    async with monitor.transaction() as tx:
        await tx.alerts.save(alert)
        await tx.groups.add_members([(group.key, alert.id)])
        await tx.decisions.save(decision)
        for message in messages:
            await tx.effects.save(message)  # type: ignore[arg-type]

    assert await prune(monitor) == {"effects": 2}

    async with monitor.transaction() as tx:
        for subject in (alert.id, decision.id, group.key):
            assert await tx.effects.last_receipt(subject, "journal") is not None
        over = replace(alert, state=AlertState.RESOLVED, ends_at=NOW)
        await tx.alerts.save(over)
    assert await prune(monitor) == {"effects": 1}  # the group still has to tell the end

    async with monitor.transaction() as tx:
        await tx.groups.drop_members(group.key, [alert.id])
    assert await prune(monitor) == {"effects": 1}
    assert (await monitor.counts())["messages_pending"] == 1


async def test_groups_go_that_sleep_and_have_nothing_to_tell(monitor: SqliteMonitor) -> None:
    case = await add_case(monitor)
    asleep = {"next_flush_at": None, "told_at": OLD}
    kept = [
        make_group(key="awake", told_at=OLD),
        make_group(key="told lately", next_flush_at=None, told_at=days_ago(29)),
        make_group(key="firing", **asleep),
        make_group(key="not settled", next_flush_at=None),
    ]
    gone = [make_group(key="over", **asleep), make_group(key="never told", next_flush_at=None)]
    async with monitor.transaction() as tx:
        for group in (*kept, *gone):
            await tx.groups.save(group)
        firing, over = make_alert(case), make_alert(case, state=AlertState.RESOLVED, ends_at=NOW)
        await tx.alerts.save_all([firing, over])
        await tx.groups.add_members([("firing", firing.id), ("not settled", over.id)])

    assert await prune(monitor) == {"alert_groups": 2}

    async with monitor.transaction() as tx:
        assert [await tx.groups.get(group.key) for group in kept] == kept
        assert [await tx.groups.get(group.key) for group in gone] == [None, None]


async def test_old_events_go_but_the_newest_keeps_its_number(monitor: SqliteMonitor, clock: HandClock) -> None:
    for days in (20, 8, 6):
        clock.at = days_ago(days)
        async with monitor.transaction() as tx:
            await tx.stream.publish("daemon.notice", f"{days} days ago", {})

    assert await prune(monitor) == {"events": 2}
    assert [event.subject for event in await monitor.events(0, 10)] == ["6 days ago"]

    assert sum((await monitor.prune(NOW, Lifetimes(0, 0, 0, 0, 0))).values()) == 0
    assert await monitor.last_event_id() == 3


async def test_old_numbers_go_and_so_do_empty_series(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.samples.add(
            "disk", [make_observation(value=1.0), make_observation(object="/", value=1.0)], days_ago(3)
        )
        await tx.samples.add("disk", [make_observation(value=2.0)], days_ago(1))

    assert await prune(monitor) == {"samples": 2, "aggregates": 4}

    assert await measured(monitor, "disk", "/srv", OLD) == [(days_ago(1), 2.0)]
    series = await monitor._writer.execute_fetchall("SELECT object FROM series")
    assert [row["object"] for row in series] == ["/srv"]


async def test_many_rows_go_in_small_steps_between_which_others_write(monitor: SqliteMonitor, clock: HandClock) -> None:
    clock.at = OLD
    rows = 3 * retention.BATCH + 1
    async with monitor.transaction() as tx:
        for number in range(rows):
            await tx.stream.publish("daemon.notice", str(number), {})
            await tx.samples.add("disk", [make_observation(value=1.0)], OLD + timedelta(seconds=number))
            await tx.runs.save(make_run(state=RunState.FAILED, created_at=OLD, started_at=OLD))
    clock.at = NOW

    pruning = asyncio.create_task(prune(monitor))
    written = 0
    while not pruning.done():
        await monitor.probe_write()
        written += 1

    assert await pruning == {"runs": rows - 1, "events": rows - 1, "samples": rows, "aggregates": 3}
    assert written > 6


async def test_a_question_that_was_never_asked_goes_and_its_case_with_it(monitor: SqliteMonitor) -> None:
    case = make_case(opened_at=OLD, stage=Stage.RESOLVED, resolved_at=OLD)
    async with monitor.transaction() as tx:
        [case] = await tx.cases.save_all([case])
        never_asked = make_decision(case, created_at=OLD, expires_at=OLD, state=DecisionState.WITHDRAWN, hash="")
        await tx.decisions.save(never_asked)

    removed = await monitor.prune(NOW, Lifetimes(0, 0, 0, 0, 0))

    assert (removed["decisions"], removed["cases"]) == (1, 1)


async def test_windows_that_were_over_long_ago_go(monitor: SqliteMonitor) -> None:
    old = Window("old", (), days_ago(500), days_ago(400), Fixes.FREEZE, "", "ann")
    new = Window("new", (), days_ago(500), days_ago(1), Fixes.FREEZE, "", "ann")
    async with monitor.transaction() as tx:
        await tx.windows.save(old)
        await tx.windows.save(new)

    assert (await prune(monitor))["maintenance"] == 1

    assert [window.id for window in (await monitor.windows(10)).items] == ["new"]

from __future__ import annotations

from datetime import timedelta

import pytest

from probed.core.change import Change, ChangeClass
from probed.core.finding import ActionCall
from probed.errors import Conflict
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, RESTART, HandClock, make_change, make_decision, make_execution
from tests.monitor.filling import add_case


async def store(monitor: SqliteMonitor, **changes: object) -> Change:
    """A change with the case and the effect that it refers to."""
    async with monitor.transaction() as tx:
        known = await tx.cases.open_of("disks")
    case = known[0] if known else await add_case(monitor)
    effect = make_execution(case)
    change = make_change(case, effect, **changes)
    async with monitor.transaction() as tx:
        await tx.effects.save(effect)
        await tx.changes.save(change)
    return change


async def test_a_change_comes_back_as_it_was_saved(monitor: SqliteMonitor) -> None:
    decision = make_decision(await add_case(monitor))
    async with monitor.transaction() as tx:
        await tx.decisions.save(decision)

    change = await store(monitor, decision_id=decision.id, level="L2", by="uid:1000 ann")

    assert (await monitor.changes(10)).items == [change]


async def test_a_change_needs_the_effect_that_made_it(monitor: SqliteMonitor) -> None:
    case = await add_case(monitor)

    with pytest.raises(Conflict, match="FOREIGN KEY"):
        async with monitor.transaction() as tx:
            await tx.changes.save(make_change(case))


async def test_the_last_change_of_a_call_is_the_newest_since_then(monitor: SqliteMonitor) -> None:
    await store(monitor, started_at=NOW - timedelta(minutes=9))
    newest = await store(monitor, started_at=NOW - timedelta(minutes=1))
    await store(monitor, started_at=NOW - timedelta(minutes=5))
    await store(monitor, call=ActionCall("restart_unit", {"unit": "other.service"}), started_at=NOW)

    async with monitor.transaction() as tx:
        assert await tx.changes.last_of(RESTART, NOW - timedelta(minutes=30)) == newest
        assert await tx.changes.last_of(RESTART, NOW) is None


async def test_equal_calls_are_found_whatever_the_order_and_kind_of_their_parameters(monitor: SqliteMonitor) -> None:
    change = await store(monitor, call=ActionCall("clean_files", {"root": "/srv", "patterns": ["*.tmp"]}))

    async with monitor.transaction() as tx:
        asked = ActionCall("clean_files", {"patterns": ("*.tmp",), "root": "/srv"})
        assert await tx.changes.last_of(asked, NOW) == change


async def test_the_whole_record_comes_back(monitor: SqliteMonitor) -> None:
    case = await add_case(monitor)
    execution = make_execution(case)
    change = make_change(
        case,
        execution,
        object="nginx.service",
        object_kind="unit",
        change_class=ChangeClass.P1,
        impact="the unit alone",
        steps=("06:00:00 precondition held", "06:00:01 executed"),
        snapshot={"active_state": "failed"},
        reversible=True,
        revert_at=NOW + timedelta(minutes=15),
        confirmed_by="uid:1000 ann",
        rolled_back_at=NOW + timedelta(minutes=5),
        roll_back="ann wanted it back",
    )
    async with monitor.transaction() as tx:
        await tx.effects.save(execution)
        await tx.changes.save(change)

    assert await monitor.change(change.id[:12]) == change


async def test_what_was_done_to_an_object_is_found_by_it_and_by_the_call_of_an_older_version(
    monitor: SqliteMonitor,
) -> None:
    case = await add_case(monitor)
    execution = make_execution(case)
    stop = ActionCall("stop_unit", {"unit": "nginx.service"})
    async with monitor.transaction() as tx:
        await tx.effects.save(execution)
        older = make_change(case, execution, started_at=NOW - timedelta(hours=3))
        other = make_change(case, execution, call=stop, object="nginx.service", started_at=NOW - timedelta(hours=2))
        for change in (older, other, make_change(case, execution, call=stop, object="php.service")):
            await tx.changes.save(change)

        assert await tx.changes.of_object(RESTART, "nginx.service", NOW - timedelta(hours=4)) == [older, other]
        assert await tx.changes.of_object(RESTART, "nginx.service", NOW - timedelta(hours=2.5)) == [other]


async def test_what_a_change_counts_by_moves_with_the_clock_and_a_roll_back_until_it_is_settled(
    monitor: SqliteMonitor, clock: HandClock
) -> None:
    case = await add_case(monitor)
    execution = make_execution(case)
    due = NOW + timedelta(minutes=15)
    armed = make_change(case, execution, revert_at=due, started_at=NOW, ended_at=NOW)
    long_ago = make_change(case, execution, started_at=NOW - timedelta(days=3), ended_at=NOW - timedelta(days=3))
    settled = make_change(case, execution, revert_at=due, confirmed_by="ann")
    async with monitor.transaction() as tx:
        await tx.effects.save(execution)
        await tx.changes.save(armed)
        await tx.changes.save(settled)
        await tx.changes.save(long_ago)

    clock.at = NOW + timedelta(hours=1)
    async with monitor.transaction() as tx:
        await tx.shift(3600)

    moved, hour = await monitor.change(armed.id), timedelta(hours=1)
    assert (moved.revert_at, moved.started_at, moved.ended_at) == (due + hour, NOW + hour, NOW + hour)
    assert await monitor.change(long_ago.id) == long_ago
    assert (await monitor.change(settled.id)).revert_at == due

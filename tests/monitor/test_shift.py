"""What is due moves with the wall clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from probed.core.case import Stage
from probed.core.chat import PairingCode
from probed.core.decision import DecisionState
from probed.core.effect import EffectState
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, HandClock, make_case, make_decision, make_execution, make_group, make_message
from tests.monitor.filling import add_case

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_everything_that_is_due_moves(monitor: SqliteMonitor, clock: HandClock, step: timedelta) -> None:
    soon = NOW + timedelta(seconds=30)
    case = await add_case(monitor, expires_at=soon)
    awake, asleep = make_group(told_at=NOW, next_flush_at=soon), make_group(key="b", told_at=NOW, next_flush_at=None)
    effects = [make_execution(case, due_at=soon), make_message(due_at=soon, state=EffectState.IN_DOUBT)]
    async with monitor.transaction() as tx:
        for group in (awake, asleep):
            await tx.groups.save(group)
        for effect in effects:
            await tx.effects.save(effect)
        decision = await tx.decisions.save(make_decision(case, expires_at=soon))
        await tx.chats.keep_code(PairingCode("digest", soon, "ann"))

    clock.at = NOW + step
    async with monitor.transaction() as tx:
        await tx.shift(step.total_seconds())

    async with monitor.transaction() as tx:
        moved = [await tx.groups.get(group.key) for group in (awake, asleep)]
        assert [group and (group.told_at, group.next_flush_at) for group in moved] == [
            (NOW + step, soon + step),
            (NOW + step, None),
        ]
        shifted = [await tx.effects.get(effect.id) for effect in effects]
        assert [effect.due_at for effect in shifted] == [soon + step] * 2
        assert [effect.created_at for effect in shifted] == [effect.created_at + step for effect in effects]
        assert (await tx.decisions.get(decision.id)).expires_at == soon + step
        assert (await tx.cases.get(case.id)).expires_at == soon + step
        assert await tx.chats.code() == PairingCode("digest", soon + step, "ann")


async def test_what_is_over_stays_as_it_was(monitor: SqliteMonitor) -> None:
    past = {"stage": Stage.RESOLVED, "resolved_at": NOW}
    case = await add_case(monitor, expires_at=NOW, **past)
    done = make_execution(case, state=EffectState.DONE)
    async with monitor.transaction() as tx:
        await tx.effects.save(done)
        decision = await tx.decisions.save(make_decision(case, state=DecisionState.REJECTED))
        await tx.shift(3600.0)

    async with monitor.transaction() as tx:
        assert await tx.cases.get(case.id) == case
        assert await tx.effects.get(done.id) == done
        assert await tx.decisions.get(decision.id) == decision


async def test_what_was_planned_before_the_clock_went_wrong_is_right_once_it_goes_again(
    monitor: SqliteMonitor, clock: HandClock
) -> None:
    years = timedelta(days=56 * 365)
    before = make_message(due_at=NOW + timedelta(seconds=30))
    since = make_execution(due_at=NOW - years)
    async with monitor.transaction() as tx:
        await tx.cases.save(make_case())
        await tx.groups.save(make_group(told_at=NOW))
        await tx.effects.save(before)
        await tx.effects.save(since)

    clock.at = NOW + HOUR  # until now the host thought that it was 1970
    async with monitor.transaction() as tx:
        await tx.shift((years + HOUR).total_seconds())

    async with monitor.transaction() as tx:
        assert (await tx.effects.get(before.id)).due_at == before.due_at
        assert (await tx.effects.get(since.id)).due_at == NOW + HOUR
        group = await tx.groups.get(make_group().key)
        assert group == make_group(told_at=NOW)

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from probed.core.action import Risk
from probed.core.advice import Advice, Recommendation
from probed.core.analysis import Analysis
from probed.core.decision import DecisionState, move
from probed.core.finding import ActionCall, Severity
from probed.core.permission import Approval
from probed.errors import Conflict, NotFound, StaleVersion
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, make_decision, new_id
from tests.monitor.filling import add_case


async def test_a_decision_comes_back_intact_with_the_next_version(monitor: SqliteMonitor) -> None:
    decision = make_decision(
        await add_case(monitor),
        call=ActionCall("clean_files", {"root": "/srv/cache", "days": 7, "patterns": ["*.tmp", "*.bak"]}),
        severity=Severity.CRITICAL,
        snapshot={"files": 12, "bytes": 1 << 40, "größe": 1.5, "nested": {"b": None, "a": True}},
    )

    async with monitor.transaction() as tx:
        saved = await tx.decisions.save(decision)

    async with monitor.transaction() as tx:
        read = await tx.decisions.get(decision.id)
    assert read == saved == replace(decision, version=1)
    assert read.is_intact


async def test_an_approval_is_stored(monitor: SqliteMonitor) -> None:
    decision = make_decision(await add_case(monitor))
    async with monitor.transaction() as tx:
        saved = await tx.decisions.save(decision)
    approved = move(saved, DecisionState.APPROVED, NOW + timedelta(seconds=3), by="uid:1000 ann", note="go")
    assert approved

    async with monitor.transaction() as tx:
        await tx.decisions.save(approved)

    assert await monitor.decision(saved.id) == replace(approved, version=2)


async def test_of_an_approval_and_an_expiry_only_the_first_wins(monitor: SqliteMonitor) -> None:
    case = await add_case(monitor)
    async with monitor.transaction() as tx:
        read = await tx.decisions.save(make_decision(case))
    async with monitor.transaction() as tx:
        await tx.decisions.save(replace(read, state=DecisionState.APPROVED))

    with pytest.raises(StaleVersion):
        async with monitor.transaction() as tx:
            await tx.decisions.save(replace(read, state=DecisionState.EXPIRED))

    assert (await monitor.decision(read.id)).state is DecisionState.APPROVED


async def test_inserting_a_decision_that_is_there_is_stale(monitor: SqliteMonitor) -> None:
    decision = make_decision(await add_case(monitor))
    async with monitor.transaction() as tx:
        await tx.decisions.save(decision)

    with pytest.raises(StaleVersion):
        async with monitor.transaction() as tx:
            await tx.decisions.save(decision)


async def test_a_case_has_at_most_one_waiting_decision(monitor: SqliteMonitor) -> None:
    case = await add_case(monitor)
    async with monitor.transaction() as tx:
        await tx.decisions.save(make_decision(case, state=DecisionState.REJECTED))
        waiting = await tx.decisions.save(make_decision(case))
        assert await tx.decisions.open_of(case.id) == waiting

    with pytest.raises(Conflict, match=r"decisions\.case_id"):
        async with monitor.transaction() as tx:
            await tx.decisions.save(make_decision(case))


async def test_a_decided_case_has_no_waiting_decision(monitor: SqliteMonitor) -> None:
    case = await add_case(monitor)
    async with monitor.transaction() as tx:
        await tx.decisions.save(make_decision(case, state=DecisionState.EXPIRED))
        assert await tx.decisions.open_of(case.id) is None


async def test_waiting_decisions_are_due_when_they_expire(monitor: SqliteMonitor) -> None:
    cases = [await add_case(monitor, object=new_id()) for _ in range(4)]
    soon, later = NOW + timedelta(hours=1), NOW + timedelta(hours=24)
    async with monitor.transaction() as tx:
        late = await tx.decisions.save(make_decision(cases[0], expires_at=later))
        early = await tx.decisions.save(make_decision(cases[1], expires_at=soon))
        await tx.decisions.save(make_decision(cases[2], expires_at=soon, state=DecisionState.APPROVED))
        beyond = await tx.decisions.save(make_decision(cases[3], expires_at=later + timedelta(seconds=1)))

        assert await tx.decisions.waiting() == [late, early, beyond]
        assert await tx.decisions.due(soon - timedelta(microseconds=1)) == []
        assert await tx.decisions.due(later) == [early, late]


async def test_a_decision_needs_its_case(monitor: SqliteMonitor) -> None:
    with pytest.raises(Conflict, match="FOREIGN KEY"):
        async with monitor.transaction() as tx:
            await tx.decisions.save(make_decision())


async def test_an_unknown_decision_is_not_found(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        with pytest.raises(NotFound, match="no decision nothing"):
            await tx.decisions.get("nothing")


async def test_what_was_known_when_it_was_asked_comes_back(monitor: SqliteMonitor) -> None:
    analysis = Analysis(
        risk=Risk.HIGH,
        blast_radius="the unit",
        inverse="irreversible",
        succeeded=3,
        failed=1,
        takes_s=10.5,
        precedents=("2026-11-19 nginx.service: rejected",),
        advice=Advice(Recommendation.MORE, Risk.MEDIUM, False, ("why",), ("else",)),
        cost_usd=0.002,
    )
    decision = make_decision(
        await add_case(monitor),
        object="nginx.service",
        object_kind="unit",
        approval=Approval.TWO,
        approvals=("ann",),
        analysis=analysis,
        revert_after_s=90.0,
    )
    async with monitor.transaction() as tx:
        saved = await tx.decisions.save(decision)

    assert await monitor.decision(decision.id) == saved


async def test_similar_decisions_are_of_the_same_action_check_and_kind_those_on_the_object_first(
    monitor: SqliteMonitor,
) -> None:
    unit, check = {"object_kind": "unit", "state": DecisionState.VERIFIED}, "systemd_unit"
    cases = [await add_case(monitor, check=check, object=new_id()) for _ in range(5)]
    elsewhere = await add_case(monitor, check="http", object=new_id())
    other_action = ActionCall("stop_unit", {"unit": "a.service"})
    async with monitor.transaction() as tx:
        same = await tx.decisions.save(make_decision(cases[0], object="a.service", **unit))
        newer = await tx.decisions.save(make_decision(cases[1], object="b.service", **unit))
        await tx.decisions.save(make_decision(cases[2], object="a.service", call=other_action, **unit))
        await tx.decisions.save(make_decision(cases[3], object="a.service", object_kind="container"))
        await tx.decisions.save(make_decision(cases[4], object="a.service", object_kind="unit"))
        await tx.decisions.save(make_decision(elsewhere, object="a.service", **unit))

        asked = make_decision(cases[0], object="a.service", object_kind="unit")
        assert await tx.decisions.similar(asked, check, 5) == [same, newer]
        assert await tx.decisions.similar(asked, check, 1) == [same]

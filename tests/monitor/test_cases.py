from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from probed.core.case import Case, Stage
from probed.core.finding import Severity
from probed.errors import Conflict, NotFound, StaleVersion
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, make_case
from tests.monitor.filling import add_case, resolve


async def test_a_case_comes_back_as_it_was_saved_with_the_next_version(monitor: SqliteMonitor) -> None:
    case = make_case(
        stage=Stage.TOLD,
        severity=Severity.CRITICAL,
        runbook="https://example.org/disks",
        tried=("clean_files days=7", "restart_unit unit='x'"),
        outlook="would have run clean_files",
        expires_at=NOW + timedelta(minutes=10),
    )

    saved = await add_case(monitor, **{name: getattr(case, name) for name in case.__slots__})

    assert saved == replace(case, version=1)
    async with monitor.transaction() as tx:
        assert await tx.cases.get(case.id) == saved


async def test_an_update_replaces_all_that_may_change(monitor: SqliteMonitor) -> None:
    case = await add_case(monitor)
    resolved = replace(
        case,
        severity=Severity.CRITICAL,
        summary="/srv is 97% full",
        stage=Stage.RESOLVED,
        changed_at=NOW + timedelta(seconds=1),
        last_seen_at=NOW + timedelta(seconds=2),
        resolved_at=NOW + timedelta(seconds=3),
        labels={"alertname": "disk"},
        evidence={},
        runbook="https://example.org",
        tried=("clean_files",),
        outlook="no longer found",
        expires_at=NOW,
    )

    async with monitor.transaction() as tx:
        saved = await tx.cases.save(resolved)

    assert saved == replace(resolved, version=2)
    assert await monitor.case(case.id) == saved


async def test_an_unknown_case_is_not_found(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        with pytest.raises(NotFound, match="no case nothing"):
            await tx.cases.get("nothing")


async def test_a_case_read_before_somebody_else_saved_it_is_stale(monitor: SqliteMonitor) -> None:
    read = await add_case(monitor)
    async with monitor.transaction() as tx:
        await tx.cases.save(replace(read, outlook="first"))

    with pytest.raises(StaleVersion):
        async with monitor.transaction() as tx:
            await tx.cases.save(replace(read, outlook="second"))

    assert (await monitor.case(read.id)).outlook == "first"


async def test_inserting_a_case_that_is_there_is_stale(monitor: SqliteMonitor) -> None:
    case = await add_case(monitor)

    with pytest.raises(StaleVersion):
        async with monitor.transaction() as tx:
            await tx.cases.save(replace(case, version=0, object="/other"))


async def test_one_stale_case_among_many_keeps_all_from_being_saved(monitor: SqliteMonitor) -> None:
    one, other = await add_case(monitor, object="/a"), await add_case(monitor, object="/b")
    async with monitor.transaction() as tx:
        await tx.cases.save(other)

    with pytest.raises(StaleVersion):
        async with monitor.transaction() as tx:
            await tx.cases.save_all([replace(one, outlook="lost"), replace(other, outlook="lost")])

    assert (await monitor.case(one.id)).outlook == ""


async def test_new_and_known_cases_are_saved_together_in_their_order(monitor: SqliteMonitor) -> None:
    known = await add_case(monitor, object="/a")
    new = make_case(object="/b")

    async with monitor.transaction() as tx:
        saved = await tx.cases.save_all([new, known])

    assert saved == [replace(new, version=1), replace(known, version=2)]
    async with monitor.transaction() as tx:
        assert await tx.cases.open_of("disks") == [saved[1], saved[0]]


async def test_saving_no_cases_does_nothing(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        assert await tx.cases.save_all([]) == []


async def test_one_identity_has_at_most_one_open_case(monitor: SqliteMonitor) -> None:
    await add_case(monitor)

    with pytest.raises(Conflict, match="UNIQUE"):
        await add_case(monitor)


async def test_a_new_case_may_follow_a_resolved_one_even_in_one_step(monitor: SqliteMonitor) -> None:
    first = await add_case(monitor)
    second = make_case()

    async with monitor.transaction() as tx:
        await tx.cases.save_all([second, replace(first, stage=Stage.RESOLVED, resolved_at=NOW)])

    async with monitor.transaction() as tx:
        assert [case.id for case in await tx.cases.open_of("disks")] == [second.id]


async def test_open_cases_are_those_of_the_source_that_are_not_resolved(monitor: SqliteMonitor) -> None:
    noted = await add_case(monitor, object="/a")
    told = await add_case(monitor, object="/b", stage=Stage.TOLD)
    await resolve(monitor, await add_case(monitor, object="/c"))
    await add_case(monitor, source="services")

    async with monitor.transaction() as tx:
        assert await tx.cases.open_of("disks") == [noted, told]


async def test_several_cases_are_read_at_once_as_far_as_they_are_kept(monitor: SqliteMonitor) -> None:
    first, _, third = [await add_case(monitor, object=name) for name in ("/a", "/b", "/c")]

    assert await monitor.cases_by_id([third.id, "removed", first.id]) == {first.id: first, third.id: third}
    assert await monitor.cases_by_id([]) == {}


async def test_due_cases_are_open_and_past_their_end(monitor: SqliteMonitor) -> None:
    def expiring(object_: str, in_s: float, **changes: object) -> Case:
        return make_case(object=object_, expires_at=NOW + timedelta(seconds=in_s), **changes)

    async with monitor.transaction() as tx:
        await tx.cases.save(make_case(object="never"))
        later = await tx.cases.save(expiring("later", 10))
        sooner = await tx.cases.save(expiring("sooner", 5))
        await tx.cases.save(expiring("future", 11))
        await tx.cases.save(expiring("resolved", 1, stage=Stage.RESOLVED, resolved_at=NOW))

        assert await tx.cases.due(NOW + timedelta(seconds=10)) == [sooner, later]


async def test_what_may_still_be_solved_is_found_by_its_object(monitor: SqliteMonitor) -> None:
    fixing = await add_case(monitor, stage=Stage.FIXING)
    asking = await add_case(monitor, object="/home", stage=Stage.ASKING)
    await add_case(monitor, object="/var", stage=Stage.TOLD)

    async with monitor.transaction() as tx:
        assert await tx.cases.worked_on(["/srv", "/home", "/var"]) == [fixing, asking]
        assert await tx.cases.worked_on(["/other"]) == []

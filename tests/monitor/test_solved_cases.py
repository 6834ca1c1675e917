from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from probed.core.probe_mark import ProbeMark
from probed.core.solved_case import Origin, Remedy, SolvedCase
from probed.errors import NotFound
from probed.monitor.retention import Lifetimes
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, new_id

MARK = ProbeMark("unit_status", {"name": "{object}", "limit": 5}, (("result=exit-code", "unit={object}"), ()), "ab")


def remembered(**changes: object) -> SolvedCase:
    solved = SolvedCase(
        id=new_id(),
        source="services",
        check="systemd_unit",
        object="nginx.service",
        features=("object:name=nginx.service", "severity:critical"),
        created_at=NOW,
        changed_at=NOW,
        origin=Origin.ACTION,
        by="cortex",
        cause="its port is taken",
        remedy=Remedy("restart_unit", {"unit": "{object}"}),
        marks=(MARK,),
        case_id="case",
        run_id="run",
        helped=1,
        cost_usd=0.25,
    )
    return replace(solved, **changes)  # type: ignore[arg-type]


async def test_a_solved_case_is_kept_as_it_is_found_by_its_check_and_can_be_deleted(monitor: SqliteMonitor) -> None:
    first, other = remembered(), remembered(check="disk", remedy=None, advice="empty it", origin=Origin.PERSON)
    later = NOW + timedelta(days=1)
    changed = replace(first, helped=2, vouched_by="ann", changed_at=later, met_at=later)
    async with monitor.transaction() as tx:
        for each in (first, other, changed):
            await tx.solved_cases.save(each)
        assert await tx.solved_cases.get(first.id) == changed
        assert await tx.solved_cases.find("gone") is None
        assert await tx.solved_cases.of_check("systemd_unit") == [changed]
    assert await monitor.solved_before({"disk", "systemd_unit"}) == [changed, other]
    assert (await monitor.solved_cases(10)).items == [other, changed]
    assert (await monitor.solved_cases(10, check="disk")).items == [other]
    assert await monitor.solved_case(first.id) == changed

    async with monitor.transaction() as tx:
        await tx.solved_cases.delete(first.id)
        with pytest.raises(NotFound):
            await tx.solved_cases.get(first.id)


async def test_where_there_are_too_many_the_unconfirmed_and_then_the_oldest_go(monitor: SqliteMonitor) -> None:
    old, newer = remembered(), remembered(met_at=NOW + timedelta(days=1))
    unconfirmed = remembered(helped=0, changed_at=NOW + timedelta(days=2))
    other = remembered(check="disk")
    async with monitor.transaction() as tx:
        for each in (old, newer, unconfirmed, other):
            await tx.solved_cases.save(each)
        await tx.solved_cases.make_room("systemd_unit", most=100, most_of_a_check=4)
        assert len(await tx.solved_cases.of_check("systemd_unit")) == 3
        await tx.solved_cases.make_room("systemd_unit", most=100, most_of_a_check=3)
        assert await tx.solved_cases.of_check("systemd_unit") == [old, newer]
        await tx.solved_cases.make_room("load", most=3, most_of_a_check=3)
        assert await tx.solved_cases.of_check("systemd_unit") == [newer]
        assert await tx.solved_cases.of_check("disk") == [other]


async def test_what_was_not_met_for_long_goes_and_what_is_met_again_and_again_stays(monitor: SqliteMonitor) -> None:
    long_ago = NOW - timedelta(days=800)
    old = remembered(changed_at=long_ago, met_at=long_ago)
    met = remembered(changed_at=long_ago, met_at=NOW - timedelta(days=700))
    kept = remembered(changed_at=NOW - timedelta(days=700), created_at=NOW - timedelta(days=900))
    async with monitor.transaction() as tx:
        for each in (old, met, kept):
            await tx.solved_cases.save(each)

    removed = await monitor.prune(NOW, Lifetimes())

    assert removed["solved_cases"] == 1
    assert await monitor.solved_before({"systemd_unit"}) == [met, kept]

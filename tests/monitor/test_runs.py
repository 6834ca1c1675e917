from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from probed.core.run import RunState, Trigger
from probed.errors import NotFound
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, make_run


async def test_a_run_comes_back_as_it_was_saved(monitor: SqliteMonitor) -> None:
    run = make_run(
        trigger=Trigger.OPERATOR,
        state=RunState.TIMEOUT,
        started_at=NOW + timedelta(microseconds=1),
        ended_at=NOW + timedelta(seconds=60, microseconds=999_999),
        document_hash="ab" * 32,
        reason="no answer within 60s",
        report_id="0123456789abcdef",
        cost_usd=0.07,
    )

    async with monitor.transaction() as tx:
        await tx.runs.save(run)

    async with monitor.transaction() as tx:
        assert await tx.runs.get(run.id) == run


async def test_saving_a_run_again_changes_it(monitor: SqliteMonitor) -> None:
    run = make_run()
    begun = replace(run, state=RunState.RUNNING, started_at=NOW)
    async with monitor.transaction() as tx:
        await tx.runs.save(run)
        await tx.runs.save(begun)

    assert (await monitor.runs(10)).items == [begun]


async def test_an_unknown_run_is_not_found(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        with pytest.raises(NotFound, match="no run nothing"):
            await tx.runs.get("nothing")


async def test_unfinished_runs_are_those_pending_or_running(monitor: SqliteMonitor) -> None:
    runs = {state: make_run(state=state) for state in RunState}
    async with monitor.transaction() as tx:
        for run in runs.values():
            await tx.runs.save(run)

        assert await tx.runs.unfinished() == [runs[RunState.PENDING], runs[RunState.RUNNING]]


async def test_last_started_is_of_the_newest_run_that_began_for_each_inspection(monitor: SqliteMonitor) -> None:
    later = NOW + timedelta(minutes=5)
    async with monitor.transaction() as tx:
        await tx.runs.save(make_run(inspection="disks", started_at=NOW))
        await tx.runs.save(make_run(inspection="disks", started_at=later))
        await tx.runs.save(make_run(inspection="disks"))
        await tx.runs.save(make_run(inspection="services", started_at=NOW))
        await tx.runs.save(make_run(inspection="containers"))

        assert await tx.runs.last_started() == {"disks": later, "services": NOW}


async def test_who_asked_for_a_run_is_kept(monitor: SqliteMonitor) -> None:
    run = make_run(trigger=Trigger.OPERATOR, by="uid:1000 alice")
    async with monitor.transaction() as tx:
        await tx.runs.save(run)

    assert await monitor.run(run.id) == run


async def test_an_inspection_is_known_by_its_own_runs_not_by_submitted_reports(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.runs.save(make_run(inspection="disks"))
        await tx.runs.save(make_run(inspection="disks", trigger=Trigger.EXTERNAL))
        await tx.runs.save(make_run(inspection="backup", trigger=Trigger.EXTERNAL))

        assert await tx.runs.has_run("disks")
        assert not await tx.runs.has_run("backup")
        assert not await tx.runs.has_run("never heard of")

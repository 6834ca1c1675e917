"""Rows that others refer to, stored in one transaction each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from probed.core.case import Case, Stage
from probed.core.report import Report
from probed.core.run import RunState, Trigger
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, make_case, make_report, make_run, new_id


async def add_report(
    monitor: SqliteMonitor,
    source: str = "disks",
    at: datetime = NOW,
    trigger: Trigger = Trigger.SCHEDULE,
    **changes: object,
) -> Report:
    """A report with its run, both of the moment `at`."""
    times = {"created_at": at, "started_at": at, "ended_at": at}
    run = make_run(id=new_id(at), inspection=source, state=RunState.OK, trigger=trigger, **times)
    report = make_report(run, id=new_id(at), created_at=at, **changes)
    async with monitor.transaction() as tx:
        await tx.runs.save(replace(run, report_id=report.id))
        await tx.reports.add(report)
    return report


async def add_case(monitor: SqliteMonitor, **changes: object) -> Case:
    async with monitor.transaction() as tx:
        return await tx.cases.save(make_case(**changes))


async def resolve(monitor: SqliteMonitor, case: Case, at: datetime = NOW) -> Case:
    async with monitor.transaction() as tx:
        return await tx.cases.save(replace(case, stage=Stage.RESOLVED, resolved_at=at))

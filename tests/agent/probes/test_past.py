"""The probes that look at what Cortex has kept, over a monitor that kept it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from probed.agent.probes import metrics, past_incidents, recent_alerts, recent_changes, recent_runs
from probed.core.alert import AlertState
from probed.core.change import Change
from probed.errors import DeadlineExceeded
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from probed.ports import Page
from tests.agent.arrange import ImmediateWorkers
from tests.agent.probes.asking import ask, rows_of
from tests.api.fakes import FakeQueries
from tests.factories import (
    HandClock,
    make_alert,
    make_case,
    make_change,
    make_observation,
    make_report,
    make_run,
    new_id,
)

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def monitor(tmp_path: Path) -> AsyncIterator[SqliteMonitor]:
    opened = await open_monitor(tmp_path / "monitor.db", HandClock())
    yield opened
    await opened.close()


async def test_runs_are_told_with_what_they_found_newest_first(monitor: SqliteMonitor) -> None:
    for inspection, age in (("disks", 30 * HOUR), ("disks", 2 * HOUR), ("services", HOUR)):
        began = NOW - age
        run = make_run(
            id=new_id(began),
            inspection=inspection,
            created_at=began,
            started_at=began,
            ended_at=began + timedelta(seconds=3),
        )
        report = make_report(run, id=new_id(began), summary=f"{inspection} {age}", created_at=began)
        async with monitor.transaction() as tx:
            await tx.runs.save(run)
            await tx.reports.add(report)

    of_a_day = rows_of(await ask(recent_runs.probe(monitor)))
    of_disks = rows_of(await ask(recent_runs.probe(monitor), inspection="disks", minutes=2880))

    assert [row["inspection"] for row in of_a_day] == ["services", "disks"]
    assert [row["found"] for row in of_disks] == ["disks 2:00:00", "disks 1 day, 6:00:00"]
    assert of_a_day[0]["took_s"] == 3.0


async def test_alerts_are_told_that_fired_within_the_time_and_those_that_still_do(monitor: SqliteMonitor) -> None:
    cases = [make_case(id=new_id(NOW), object=name) for name in ("old", "over", "open")]
    ends = {"old": NOW - 50 * HOUR, "over": NOW - HOUR, "open": None}
    async with monitor.transaction() as tx:
        for case in cases:
            alert = make_alert(case, id=new_id(NOW), starts_at=NOW - 60 * HOUR, summary=f"{case.object} is full")
            ended = ends[case.object]
            state = AlertState.RESOLVED if ended else AlertState.FIRING
            await tx.cases.save(case)
            await tx.alerts.save(replace(alert, state=state, ends_at=ended))

    found = rows_of(await ask(recent_alerts.probe(monitor)))
    named = rows_of(await ask(recent_alerts.probe(monitor), contains="OVER is"))

    assert sorted(row["summary"] for row in found) == ["open is full", "over is full"]
    assert [(row["summary"], row["state"]) for row in named] == [("over is full", "resolved")]


async def test_no_filter_tells_what_is_masked(monitor: SqliteMonitor) -> None:
    secret = "token=hunter2hunter2"
    case = make_case(id=new_id(NOW), object=secret, opened_at=NOW)
    alert = make_alert(case, id=new_id(NOW), starts_at=NOW, summary=f"full, {secret}")
    async with monitor.transaction() as tx:
        await tx.cases.save(case)
        await tx.alerts.save(alert)
        await tx.samples.add("disk", [make_observation(object=secret)], NOW)

    for probe, name in ((recent_alerts, "contains"), (past_incidents, "object"), (metrics, "contains")):
        asked = {wanted: rows_of(await ask(probe.probe(monitor), **{name: wanted})) for wanted in ("token=", "hunter")}
        assert [len(rows) for rows in asked.values()] == [1, 0], probe


async def test_changes_are_told_with_who_allowed_them_and_what_came_of_them() -> None:
    past = FakeQueries(all_changes=[make_change(started_at=NOW - HOUR, ended_at=NOW - HOUR, by="uid:1000 ann")])

    [row] = rows_of(await ask(recent_changes.probe(past)))
    nothing = rows_of(await ask(recent_changes.probe(past), minutes=30))

    assert (row["by"], row["outcome"]) == ("uid:1000 ann", "verified")
    assert row["action"].startswith("restart_unit")
    assert nothing == []


async def test_what_is_measured_is_told_by_the_names_that_its_history_has(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.samples.add("disk", [make_observation(object="/srv"), make_observation(object="/")], NOW)
        await tx.samples.add("load", [make_observation(object="host")], NOW)

    assert [row["object"] for row in rows_of(await ask(metrics.probe(monitor), check="disk"))] == ["/", "/srv"]
    assert [row["check"] for row in rows_of(await ask(metrics.probe(monitor), contains="HOST"))] == ["load"]


async def test_a_monitor_that_does_not_answer_is_waited_for_as_long_as_every_probe() -> None:
    class Hanging(FakeQueries):
        async def changes(self, limit: int, before: str | None = None) -> Page[Change]:
            await asyncio.sleep(60)
            return await super().changes(limit, before)

    with pytest.raises(DeadlineExceeded, match="recent_changes"):
        await recent_changes.probe(Hanging()).answer({}, ImmediateWorkers(), 0.05)

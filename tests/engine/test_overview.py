from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from probed.core.alert import AlertState
from probed.core.case import Outcome, Stage
from probed.core.decision import DecisionState
from probed.core.finding import Severity
from probed.core.forecast import Forecast
from probed.core.inspection import BrokenDocument
from probed.core.observation import Observation
from probed.core.permission import Mode
from probed.core.report import Report, Verdict
from probed.core.run import Run, Trigger
from probed.core.threshold import Threshold
from probed.engine.overview import MOST_ALERTS, Gauge, Overview, build_overview, change_line, gauges_of
from probed.ports import PlannedRun
from tests.api.fakes import FACTS, FakeQueries, FakeSchedule
from tests.engine.scenario import scenario
from tests.factories import (
    NOW,
    make_alert,
    make_case,
    make_change,
    make_decision,
    make_finding,
    make_inspection,
    make_report,
    make_run,
)

PLANNED = PlannedRun(make_inspection(), NOW, paused=False)


async def overview(queries: FakeQueries, plans: Sequence[PlannedRun] = (PLANNED,), **changes: Any) -> Overview:
    given: dict[str, Any] = {
        "host": "host-a",
        "mode": Mode.OBSERVE,
        "now": NOW,
        "first_sweep_done": True,
        "latest": {},
        "forecasts": {},
        "broken": (),
        "daemon": FACTS,
    }
    return await build_overview(queries, FakeSchedule(list(plans)), **{**given, **changes})


def reported(verdict: Verdict, source: str = "disks", **changes: object) -> FakeQueries:
    run = make_run(inspection=source, trigger=Trigger.SCHEDULE)
    report = make_report(run, verdict=verdict, **changes)
    return FakeQueries(all_runs=[run], all_reports=[report])


def add(queries: FakeQueries, run: Run, report: Report) -> None:
    queries.all_runs.insert(0, run)
    queries.all_reports.insert(0, report)


async def test_a_host_of_which_nothing_was_seen_is_unknown() -> None:
    assert (await overview(FakeQueries())).verdict is Verdict.UNKNOWN
    assert (await overview(FakeQueries(), plans=())).verdict is Verdict.UNKNOWN


def opened(queries: FakeQueries, severity: Severity, source: str = "disks", **changes: object) -> FakeQueries:
    queries.all_cases.append(
        make_case(source=source, severity=severity, object=f"/{len(queries.all_cases)}", **changes)
    )
    return queries


@pytest.mark.parametrize(
    ("severity", "verdict"),
    [
        (Severity.INFO, Verdict.OK),
        (Severity.WARNING, Verdict.WARNING),
        (Severity.CRITICAL, Verdict.CRITICAL),
    ],
)
async def test_the_worst_open_case_of_a_source_is_its_verdict(severity: Severity, verdict: Verdict) -> None:
    queries = opened(opened(reported(Verdict.OK), Severity.INFO), severity)
    opened(queries, Severity.CRITICAL, stage=Stage.RESOLVED)
    shown = await overview(queries)
    assert (shown.verdict, [source.verdict for source in shown.sources]) == (verdict, [verdict])


@pytest.mark.parametrize("verdict", [Verdict.WARNING, Verdict.CRITICAL])
async def test_what_a_report_found_is_past_once_its_cases_are_closed(verdict: Verdict) -> None:
    shown = await overview(reported(verdict, summary="/srv is full"))
    [source] = shown.sources
    assert (shown.verdict, source.verdict, source.summary) == (Verdict.OK, Verdict.OK, "closed since: /srv is full")


async def test_a_report_that_is_no_answer_hides_nothing_that_is_still_open() -> None:
    shown = await overview(opened(reported(Verdict.UNKNOWN, summary="no answer"), Severity.CRITICAL))
    [source] = shown.sources
    assert (shown.verdict, source.verdict, source.summary) == (Verdict.CRITICAL, Verdict.CRITICAL, "no answer")


@pytest.mark.parametrize(
    ("verdict", "unanswered"),
    [(Verdict.UNKNOWN, ()), (Verdict.OK, ("disk: hangs",)), (Verdict.WARNING, ("disk: hangs",))],
)
async def test_a_source_that_did_not_answer_in_full_is_unknown(verdict: Verdict, unanswered: tuple[str, ...]) -> None:
    shown = await overview(reported(verdict, unanswered=unanswered))
    assert (shown.verdict, shown.sources[0].verdict) == (Verdict.UNKNOWN, Verdict.UNKNOWN)


async def test_only_the_newest_report_of_a_source_counts() -> None:
    queries = reported(Verdict.UNKNOWN)
    run = make_run()
    add(queries, run, make_report(run, verdict=Verdict.OK, id="newest"))
    shown = await overview(queries)
    assert (shown.verdict, [report.id for report in shown.sources]) == (Verdict.OK, ["newest"])


async def test_the_worst_source_speaks_for_the_host() -> None:
    queries = opened(reported(Verdict.OK), Severity.WARNING, source="a")
    for source, verdict in (("a", Verdict.WARNING), ("b", Verdict.UNKNOWN)):
        run = make_run(inspection=source, trigger=Trigger.EXTERNAL)
        add(queries, run, make_report(run, verdict=verdict))
    shown = await overview(queries)
    assert shown.verdict is Verdict.WARNING
    assert [report.source for report in shown.sources] == ["a", "b", "disks"]


async def test_before_the_first_sweep_is_over_nothing_is_ok() -> None:
    assert (await overview(reported(Verdict.OK), first_sweep_done=False)).verdict is Verdict.UNKNOWN
    known = opened(reported(Verdict.WARNING), Severity.WARNING)
    assert (await overview(known, first_sweep_done=False)).verdict is Verdict.WARNING


async def test_a_host_without_inspections_has_no_first_sweep_to_wait_for() -> None:
    run = make_run(inspection="backup", trigger=Trigger.EXTERNAL)
    queries = FakeQueries(all_runs=[run], all_reports=[make_report(run, verdict=Verdict.OK)])
    assert (await overview(queries, plans=(), first_sweep_done=False)).verdict is Verdict.OK


async def test_a_document_that_cannot_be_used_is_never_ok() -> None:
    broken = [BrokenDocument("disks.md", 3, "unknown check")]
    shown = await overview(reported(Verdict.OK), broken=broken)
    assert (shown.verdict, list(shown.broken)) == (Verdict.UNKNOWN, broken)


async def test_a_removed_inspection_no_longer_speaks_and_another_program_still_does() -> None:
    queries = reported(Verdict.UNKNOWN, source="removed")
    run = make_run(inspection="backup", trigger=Trigger.EXTERNAL)
    add(queries, run, make_report(run, verdict=Verdict.OK))
    shown = await overview(queries)
    assert [report.source for report in shown.sources] == ["backup"]
    assert shown.verdict is Verdict.OK


async def test_a_source_speaks_on_when_its_run_is_no_longer_kept() -> None:
    queries = reported(Verdict.UNKNOWN, source="backup")
    queries.all_runs.clear()
    assert [report.source for report in (await overview(queries)).sources] == ["backup"]


async def test_what_is_open_counts_whether_or_not_its_source_is_shown() -> None:
    assert (await overview(opened(reported(Verdict.OK), Severity.CRITICAL, source="old"))).verdict is Verdict.CRITICAL


@pytest.mark.parametrize("state", [AlertState.FIRING, AlertState.ACKNOWLEDGED])
@pytest.mark.parametrize(
    ("severity", "verdict"),
    [(Severity.INFO, Verdict.OK), (Severity.WARNING, Verdict.WARNING), (Severity.CRITICAL, Verdict.CRITICAL)],
)
async def test_an_open_alert_weighs_in(severity: Severity, verdict: Verdict, state: AlertState) -> None:
    queries = reported(Verdict.OK)
    queries.all_alerts = [make_alert(severity=severity, state=state)]
    assert (await overview(queries)).verdict is verdict


async def test_a_resolved_alert_is_past() -> None:
    queries = reported(Verdict.OK)
    queries.all_alerts = [make_alert(severity=Severity.CRITICAL, state=AlertState.RESOLVED)]
    shown = await overview(queries)
    assert (shown.verdict, shown.alerts) == (Verdict.OK, ())


async def test_however_many_alerts_there_are_the_worst_is_shown_and_weighs_in() -> None:
    queries = reported(Verdict.OK)
    worst = make_alert(severity=Severity.CRITICAL)
    queries.all_alerts = [*(make_alert() for _ in range(MOST_ALERTS + 5)), worst]

    shown = await overview(queries)

    assert (len(shown.alerts), shown.alerts[0], shown.verdict) == (MOST_ALERTS, worst, Verdict.CRITICAL)


async def test_the_number_of_sources_costs_no_further_statement() -> None:
    queries = reported(Verdict.OK)
    for number in range(20):
        run = make_run(inspection=f"program-{number}", trigger=Trigger.EXTERNAL)
        add(queries, run, make_report(run))
    queries.asked.clear()

    shown = await overview(queries)

    assert len(shown.sources) == 21
    assert queries.asked.count("triggers") == 1


async def test_only_waiting_decisions_are_shown() -> None:
    queries = reported(Verdict.OK)
    queries.all_decisions = [make_decision(id="waits"), make_decision(state=DecisionState.EXPIRED)]
    assert [decision.id for decision in (await overview(queries)).decisions] == ["waits"]


async def test_a_note_is_said_once() -> None:
    queries = reported(Verdict.OK, notes=("no Docker", "no systemd"))
    run = make_run(inspection="backup", trigger=Trigger.EXTERNAL)
    add(queries, run, make_report(run, verdict=Verdict.OK, notes=("no Docker",)))
    assert (await overview(queries)).notes == ("no Docker", "no systemd")


async def test_the_next_run_comes_first_and_paused_ones_last() -> None:
    plans = [
        PlannedRun(make_inspection(id="paused"), None, paused=True),
        PlannedRun(make_inspection(id="later"), NOW + timedelta(minutes=5), paused=False),
        PlannedRun(make_inspection(id="soon"), NOW + timedelta(minutes=1), paused=False),
    ]
    shown = await overview(FakeQueries(), plans)
    assert [plan.inspection.id for plan in shown.next_runs] == ["soon", "later", "paused"]


async def test_what_this_host_does_not_have_is_one_line() -> None:
    queries = FakeQueries()
    hidden = [f"no access to {name}: let the daemon run as root: nobody else may" for name in ("keys", "/etc/shadow")]
    noted = ("no ZFS on this host", "no access to the journal: join its group", "no swap space on this host", *hidden)
    queries.all_reports = [
        make_report(source="a", notes=noted),
        make_report(source="b", notes=("no ZFS on this host",)),
    ]
    plans = [PlannedRun(make_inspection(id=name), NOW, paused=False) for name in ("a", "b")]

    assert (await overview(queries, plans)).notes == (
        "no access to the journal: join its group",
        "only root may see: keys, /etc/shadow",
        "not on this host: ZFS, swap space",
    )


async def test_recent_changes_are_one_line_each() -> None:
    queries = reported(Verdict.OK)
    queries.all_changes = [make_change(outcome=Outcome.NOT_VERIFIED, detail="still failed") for _ in range(9)]
    lines = (await overview(queries)).recent_changes
    assert len(lines) == 5
    assert lines[0] == ("2026-11-20 06:00 L1 restart_unit unit='nginx.service', by cortex: not verified: still failed")


def test_a_change_line_never_has_a_second_line() -> None:
    assert "\n" not in change_line(make_change(detail="first\nsecond"))


def test_gauges_are_the_numbers_of_the_newest_sweep_those_with_bounds_first() -> None:
    latest: Mapping[tuple[str, str], Sequence[Observation]] = {
        ("system", "load"): (Observation("", "load is 0.5", value=0.5),),
        ("system", "services"): (Observation("nginx", "runs"),),
        ("disks", "disk"): (
            Observation("/", "41% full", value=41.0, unit="%", threshold=Threshold(80.0, 90.0)),
            Observation("/srv", "0 free", value=0.0, unit="B", threshold=Threshold(critical=5.0, below=True)),
        ),
    }
    assert gauges_of(latest, {("disk", "/"): Forecast(86400.0 * 3, 86400.0 * 2, None, 1.0, 0.0)}) == (
        Gauge("disk /", 41.0, "%", 80.0, 90.0, "full in 2 days at the soonest"),
        Gauge("disk /srv", 0.0, "B", None, 5.0),
        Gauge("load", 0.5, ""),
    )


async def test_the_status_follows_what_becomes_of_a_finding(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:

        async def verdicts() -> tuple[Verdict, Verdict]:
            shown = await overview(host.monitor, plans=())  # type: ignore[arg-type]
            return shown.verdict, shown.sources[0].verdict

        await host.report("ci", make_finding(severity=Severity.CRITICAL, ttl_s=30))
        found = await verdicts()
        await host.passes(60)

        assert (found, await verdicts()) == ((Verdict.CRITICAL, Verdict.CRITICAL), (Verdict.OK, Verdict.OK))

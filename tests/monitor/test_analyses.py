"""What models said of which evidence is kept for later runs, the newest of each inspection, and not for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from probed.core.evidence_gate import KeptAnalysis
from probed.core.evidence_mark import Mark
from probed.core.finding import ActionCall, Grounding, Severity
from probed.core.report import Verdict
from probed.monitor.analyses import MOST_KEPT
from probed.monitor.retention import Lifetimes
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, make_alert, make_case, make_finding, make_flapping, make_report, make_run

GROUNDING = Grounding(3, 2, ("97%",), ("e1", "o1"), ("e9",))
MARKS = (Mark("disk", "/srv", Severity.WARNING, "ab12", {"free_bytes": 1e9}), Mark("http", "", None, "cd34"))
FINDING = make_finding(proposed_action=ActionCall("restart_unit", {"unit": "x"}), grounding=GROUNDING)
ANSWERED = KeptAnalysis("disks", "r1", NOW, "h", MARKS, Verdict.WARNING, "because", (FINDING,), GROUNDING)
FAILED = KeptAnalysis("disks", "r2", NOW, "h", MARKS)


async def add(monitor: SqliteMonitor, *analyses: KeptAnalysis) -> None:
    async with monitor.transaction() as tx:
        for analysis in analyses:
            await tx.analyses.add(analysis)


async def test_what_is_stored_is_read_back_the_newest_first(monitor: SqliteMonitor) -> None:
    await add(monitor, ANSWERED, FAILED, replace(FAILED, inspection="other"))

    assert await monitor.analyses("disks") == ([FAILED, ANSWERED], [])


async def test_of_each_inspection_only_the_newest_are_kept(monitor: SqliteMonitor) -> None:
    await add(monitor, replace(FAILED, inspection="other"))
    await add(monitor, *(replace(FAILED, run_id=f"r{number}") for number in range(MOST_KEPT + 5)))

    known, _ = await monitor.analyses("disks")
    assert [each.run_id for each in known] == [f"r{number}" for number in reversed(range(5, MOST_KEPT + 5))]
    assert len((await monitor.analyses("other"))[0]) == 1


async def test_they_go_with_their_reports(monitor: SqliteMonitor) -> None:
    await add(monitor, replace(ANSWERED, at=NOW - timedelta(days=31)), FAILED)

    removed = await monitor.prune(NOW, Lifetimes())

    assert removed["analyses"] == 1
    assert (await monitor.analyses("disks"))[0] == [FAILED]


async def test_which_of_its_cases_flap_is_told_with_them(monitor: SqliteMonitor) -> None:
    case = make_case(source="disks", check="disk", object="/srv")
    alert = make_alert(case)
    async with monitor.transaction() as tx:
        await tx.cases.save(case)
        await tx.alerts.save(alert)
        steady = make_flapping(fingerprint="other", source="disks", alert_id=alert.id)
        await tx.flapping.save_all([make_flapping(source="disks", since=NOW, alert_id=alert.id), steady])

    assert await monitor.analyses("disks") == ([], [("disk", "/srv")])
    assert await monitor.analyses("other") == ([], [])


async def test_a_report_keeps_what_the_comparison_came_to_and_whose_words_it_carries(monitor: SqliteMonitor) -> None:
    run = make_run(gate="unchanged", gate_reason="unchanged since run r0")
    report = make_report(run, findings=(FINDING, make_finding(object="/")), grounding=GROUNDING, carried_from="r0")
    async with monitor.transaction() as tx:
        await tx.runs.save(run)
        await tx.reports.add(report)

    assert await monitor.report(report.id) == report
    assert await monitor.run(run.id) == run
    (spending,) = await monitor.spending(NOW - timedelta(days=1))
    assert (spending.inspection_id, spending.calls, spending.saved) == (run.inspection, 0, 1)

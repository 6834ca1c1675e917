from __future__ import annotations

from typing import Any

import pytest

from probed.core.finding import ActionCall, Severity
from probed.core.report import Verdict
from probed.errors import Conflict, ParameterError
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, make_finding, make_report
from tests.monitor.filling import add_report


async def test_a_report_comes_back_with_its_findings_in_order(monitor: SqliteMonitor) -> None:
    findings = (
        make_finding(object="/srv", evidence={"used_percent": 91.5, "largest": ["/srv/a", "/srv/b"]}),
        make_finding(object="/", severity=Severity.CRITICAL, proposed_action=ActionCall("clean_files", {"days": 7})),
        make_finding(check="cpu", object="host", severity=Severity.INFO, summary="Lüfter läuft", ttl_s=90.0),
    )

    report = await add_report(
        monitor, findings=findings, unanswered=("load: no answer",), notes=("no Docker here",), cost_usd=0.02
    )

    assert await monitor.report(report.id) == report


async def test_a_report_needs_its_run(monitor: SqliteMonitor) -> None:
    with pytest.raises(Conflict, match="FOREIGN KEY"):
        async with monitor.transaction() as tx:
            await tx.reports.add(make_report())


async def test_a_run_has_at_most_one_report(monitor: SqliteMonitor) -> None:
    first = await add_report(monitor)

    with pytest.raises(Conflict, match=r"reports\.run_id"):
        async with monitor.transaction() as tx:
            await tx.reports.add(make_report(run_id=first.run_id))

    assert (await monitor.reports(10)).items == [first]


async def test_half_a_surrogate_is_refused_by_name(monitor: SqliteMonitor) -> None:
    with pytest.raises(ParameterError, match="not text that can be stored"):
        await add_report(monitor, summary="\udcff")


async def test_evidence_of_any_kind_is_kept_as_text(monitor: SqliteMonitor) -> None:
    report = await add_report(monitor, findings=(make_finding(evidence={"seen": NOW, "name": "\udcff"}),))

    [finding] = (await monitor.report(report.id)).findings

    assert finding.evidence == {"seen": "2026-11-20 06:00:00+00:00", "name": "\udcff"}


UNKNOWN = {"verdict": Verdict.UNKNOWN, "findings": ()}
PARTLY = {"unanswered": ("disk: time-out",)}
ANSWER: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("reports", "streak"),
    [
        ([], 0),
        ([ANSWER], 0),
        ([ANSWER, UNKNOWN], 1),
        ([UNKNOWN, PARTLY, UNKNOWN], 3),
        ([UNKNOWN, UNKNOWN, ANSWER], 0),
        ([UNKNOWN, ANSWER, PARTLY, UNKNOWN], 2),
        ([UNKNOWN] * 9, 5),
    ],
)
async def test_the_streak_counts_the_newest_reports_without_a_full_answer(
    monitor: SqliteMonitor, reports: list[dict[str, Any]], streak: int
) -> None:
    for changes in reports:
        await add_report(monitor, **changes)
    await add_report(monitor, source="another")

    async with monitor.transaction() as tx:
        assert await tx.reports.streak_of_unknown("disks") == streak

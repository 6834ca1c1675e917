from __future__ import annotations

from probed.api.mapping import moment
from probed.api.mapping.finding import finding_shape, grounding_shape
from probed.core.report import Report
from probed.wire.report import ReportShape
from probed.wire.status import SourceShape


def report_shape(report: Report) -> ReportShape:
    return ReportShape(
        id=report.id,
        run_id=report.run_id,
        source=report.source,
        verdict=report.verdict.value,
        summary=report.summary,
        created_at=moment.text(report.created_at),
        findings=[finding_shape(finding) for finding in report.findings],
        unanswered=list(report.unanswered),
        notes=list(report.notes),
        cost_usd=report.cost_usd,
        grounding=grounding_shape(report.grounding),
        carried_from=report.carried_from,
    )


def source_shape(report: Report) -> SourceShape:
    return SourceShape(
        report.source, report.verdict.value, report.summary, moment.text(report.created_at), report.run_id
    )

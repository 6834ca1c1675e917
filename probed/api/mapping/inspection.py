from __future__ import annotations

from probed.api.mapping import moment
from probed.core.document_version import DocumentVersion
from probed.core.inspection import BrokenDocument, Inspection
from probed.core.report import Report
from probed.ports import PlannedRun
from probed.wire.inspection import BrokenShape, InspectionShape, PlannedShape, VersionShape


def inspection_shape(inspection: Inspection, plan: PlannedRun | None, newest: Report | None) -> InspectionShape:
    """`newest`: its latest report."""
    return InspectionShape(
        id=inspection.id,
        title=inspection.title,
        schedule=str(inspection.schedule),
        timeout_s=inspection.timeout_s,
        checks=[call.check for call in inspection.checks],
        paused=plan.paused if plan else False,
        next_at=moment.text_or_none(plan.next_at if plan else None),
        last_verdict=newest.verdict.value if newest else None,
        last_run_id=newest.run_id if newest else None,
        path=inspection.path,
        document_hash=inspection.document_hash,
        runbook=inspection.runbook,
        labels=dict(inspection.labels),
        agent={
            "when": inspection.agent.when.value,
            "tier": inspection.agent.tier,
            "budget_usd": inspection.agent.budget_usd,
        },
        policy=inspection.policy.value,
        body=inspection.body,
    )


def version_shape(version: DocumentVersion) -> VersionShape:
    return VersionShape(
        hash=version.hash,
        first_at=moment.text(version.first_at),
        superseded_at=moment.text_or_none(version.superseded_at),
        text=version.text,
    )


def broken_shape(document: BrokenDocument) -> BrokenShape:
    return BrokenShape(document.path, document.line, document.reason)


def planned_shape(plan: PlannedRun) -> PlannedShape:
    return PlannedShape(
        plan.inspection.id, str(plan.inspection.schedule), moment.text_or_none(plan.next_at), plan.paused
    )

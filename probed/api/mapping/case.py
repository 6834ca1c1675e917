from __future__ import annotations

from probed.api.mapping import moment
from probed.core.case import Case
from probed.wire.alert import CaseShape


def case_shape(case: Case) -> CaseShape:
    return CaseShape(
        id=case.id,
        source=case.source,
        check=case.check,
        object=case.object,
        severity=case.severity.value,
        stage=case.stage.value,
        level=case.stage.level,
        summary=case.summary,
        outlook=case.outlook,
        labels=dict(case.labels),
        evidence=dict(case.evidence),
        runbook=case.runbook,
        opened_at=moment.text(case.opened_at),
        changed_at=moment.text(case.changed_at),
        last_seen_at=moment.text(case.last_seen_at),
        resolved_at=moment.text_or_none(case.resolved_at),
    )

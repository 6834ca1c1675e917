from __future__ import annotations

from probed.api.mapping import moment
from probed.core.finding import ActionCall, Finding
from probed.ports import FoundIn
from probed.wire.finding import ActionCallShape, FindingShape, FoundInShape


def action_shape(call: ActionCall) -> ActionCallShape:
    return ActionCallShape(call.action, dict(call.params))


def finding_shape(finding: Finding) -> FindingShape:
    return FindingShape(
        check=finding.check,
        object=finding.object,
        severity=finding.severity.value,
        summary=finding.summary,
        evidence=dict(finding.evidence),
        proposed_action=action_shape(finding.proposed_action) if finding.proposed_action else None,
        ttl_s=finding.ttl_s,
    )


def found_in_shape(found: FoundIn) -> FoundInShape:
    return FoundInShape(found.id, found.report_id, found.source, moment.text(found.at), finding_shape(found.finding))

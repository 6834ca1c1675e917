from __future__ import annotations

from probed.api.mapping import moment
from probed.core.finding import ActionCall, Finding, Grounding
from probed.ports import FoundIn
from probed.wire.finding import ActionCallShape, FindingShape, FoundInShape, GroundingShape


def action_shape(call: ActionCall) -> ActionCallShape:
    return ActionCallShape(call.action, dict(call.params))


def grounding_shape(grounding: Grounding | None) -> GroundingShape | None:
    if grounding is None:
        return None
    return GroundingShape(
        claims=grounding.claims,
        supported=grounding.supported,
        unsupported=list(grounding.unsupported),
        cites=list(grounding.cites),
        unknown=list(grounding.unknown),
    )


def finding_shape(finding: Finding) -> FindingShape:
    return FindingShape(
        check=finding.check,
        object=finding.object,
        severity=finding.severity.value,
        summary=finding.summary,
        evidence=dict(finding.evidence),
        proposed_action=action_shape(finding.proposed_action) if finding.proposed_action else None,
        ttl_s=finding.ttl_s,
        grounding=grounding_shape(finding.grounding),
    )


def found_in_shape(found: FoundIn) -> FoundInShape:
    return FoundInShape(found.id, found.report_id, found.source, moment.text(found.at), finding_shape(found.finding))

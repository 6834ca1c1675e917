from __future__ import annotations

from collections.abc import Iterable

from probed.api.mapping import moment
from probed.api.mapping.command import decision_commands
from probed.api.mapping.finding import action_shape
from probed.core.analysis import Analysis
from probed.core.case import Case
from probed.core.decision import Decision
from probed.core.inspection import Inspection
from probed.wire.decision import AdviceShape, AnalysisShape, DecisionShape


def decision_shape(decision: Decision, case: Case | None, inspections: Iterable[Inspection]) -> DecisionShape:
    """`case`: the one that it is about, where it is known."""
    return DecisionShape(
        id=decision.id,
        case_id=decision.case_id,
        state=decision.state.value,
        severity=decision.severity.value,
        summary=decision.summary,
        action=action_shape(decision.call),
        host=decision.host,
        reason=decision.reason,
        dry_run=decision.dry_run,
        snapshot=dict(decision.snapshot),
        hash=decision.hash,
        created_at=moment.text(decision.created_at),
        expires_at=moment.text(decision.expires_at),
        decided_by=decision.decided_by,
        decided_at=moment.text_or_none(decision.decided_at),
        note=decision.note,
        object=decision.object,
        approval=decision.approval.value,
        approvals=list(decision.approvals),
        object_kind=decision.object_kind,
        revert_after_s=decision.revert_after_s,
        analysis=analysis_shape(decision.analysis),
        commands=decision_commands(decision, case, inspections),
    )


def analysis_shape(analysis: Analysis) -> AnalysisShape:
    advice = analysis.advice
    return AnalysisShape(
        risk=analysis.risk.value if analysis.risk else "",
        blast_radius=analysis.blast_radius,
        inverse=analysis.inverse,
        succeeded=analysis.succeeded,
        failed=analysis.failed,
        takes_s=analysis.takes_s,
        precedents=list(analysis.precedents),
        advice=AdviceShape(
            advice.recommendation.value,
            advice.risk.value,
            advice.reversible,
            list(advice.reasons),
            list(advice.alternatives),
        )
        if advice
        else None,
        no_advice=analysis.no_advice,
        cost_usd=analysis.cost_usd,
    )

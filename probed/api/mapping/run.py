from __future__ import annotations

from probed.api.mapping import moment
from probed.core.run import Run
from probed.wire.run import RunShape


def run_shape(run: Run, verdict: str | None) -> RunShape:
    """`verdict`: that of its report."""
    return RunShape(
        id=run.id,
        inspection=run.inspection,
        trigger=run.trigger.value,
        state=run.state.value,
        created_at=moment.text(run.created_at),
        started_at=moment.text_or_none(run.started_at),
        ended_at=moment.text_or_none(run.ended_at),
        reason=run.reason,
        document_hash=run.document_hash,
        report_id=run.report_id,
        verdict=verdict,
        cost_usd=run.cost_usd,
        by=run.by,
        gate=run.gate,
        gate_reason=run.gate_reason,
    )

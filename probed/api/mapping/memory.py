from __future__ import annotations

from datetime import datetime

from probed.api.mapping import moment
from probed.core.recall import TRUSTED
from probed.core.solved_case import SolvedCase, trust_in
from probed.wire.memory import MemoryProbeShape, MemoryShape


def memory_shape(memory: SolvedCase, now: datetime) -> MemoryShape:
    trust = trust_in(memory, now)
    return MemoryShape(
        id=memory.id,
        check=memory.check,
        object=memory.object,
        source=memory.source,
        cause=memory.cause,
        action=str(memory.remedy or ""),
        advice=memory.advice,
        origin=memory.origin.value,
        by=memory.by,
        case_id=memory.case_id,
        run_id=memory.run_id,
        seen=memory.seen,
        helped=memory.helped,
        failed=memory.failed,
        refuted=memory.refuted,
        trust=round(trust, 3),
        is_trusted=trust >= TRUSTED,
        vouched_by=memory.vouched_by,
        cost_usd=memory.cost_usd,
        created_at=moment.text(memory.created_at),
        changed_at=moment.text(memory.changed_at),
        probes=[
            MemoryProbeShape(mark.probe, dict(mark.arguments), [" ".join(row) for row in mark.rows], mark.sha256)
            for mark in memory.marks
        ],
        features=list(memory.features),
        commands=[f"cortexctl memories correct {memory.id}", f"cortexctl memories delete {memory.id}"],
    )

from __future__ import annotations

from probed.api.mapping import moment
from probed.core.evidence import evidence_in
from probed.core.investigation import Evidence
from probed.core.transcript import Transcript
from probed.wire.run import EvidenceOfRunShape, EvidenceShape


def evidence_shape(kept: Transcript) -> EvidenceOfRunShape:
    return EvidenceOfRunShape(
        run=kept.subject,
        at=moment.text(kept.at),
        stored_bytes=kept.stored_bytes,
        sha256=kept.sha256,
        questions=[_question(each) for each in evidence_in(kept.text)],
    )


def _question(evidence: Evidence) -> EvidenceShape:
    return EvidenceShape(
        id=evidence.id,
        probe=evidence.probe,
        arguments=dict(evidence.arguments),
        answer=evidence.answer,
        sha256=evidence.sha256,
        failed=evidence.failed,
    )

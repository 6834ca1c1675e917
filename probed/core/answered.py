"""A question with what a model answered."""

from __future__ import annotations

from dataclasses import replace

from probed.core.citation import checked
from probed.core.inquiry import Cited, Inquiry, InquiryState
from probed.core.investigation import Answer, Evidence


def answered(inquiry: Inquiry, answer: Answer) -> Inquiry:
    """What the answer cites and no probe has said is marked."""
    found = checked(answer.words, {each.id for each in answer.evidence})
    return replace(
        inquiry,
        state=InquiryState.ANSWERED,
        answer=found.text,
        evidence=tuple(_cited(each, is_cited=each.id in found.cited) for each in answer.evidence),
        unsupported=found.unsupported,
        model=answer.usage.model,
        cost_usd=answer.cost_usd,
    )


def _cited(evidence: Evidence, *, is_cited: bool) -> Cited:
    return Cited(evidence.id, evidence.probe, evidence.arguments, evidence.sha256, evidence.failed, is_cited)

from __future__ import annotations

from probed.api.mapping import moment
from probed.core.inquiry import Cited, Happening, Inquiry, Looked
from probed.wire.question import QuestionEvent, QuestionShape, SeenShape


def question_shape(inquiry: Inquiry) -> QuestionShape:
    return QuestionShape(
        id=inquiry.id,
        session=inquiry.session,
        text=inquiry.text,
        by=inquiry.by,
        asked_at=moment.text(inquiry.asked_at),
        state=inquiry.state.value,
        about=inquiry.about,
        answer=inquiry.answer,
        reason=inquiry.reason,
        evidence=[_seen(each) for each in inquiry.evidence],
        unsupported=list(inquiry.unsupported),
        model=inquiry.model,
        cost_usd=inquiry.cost_usd,
        ended_at=moment.text(inquiry.ended_at) if inquiry.ended_at else None,
    )


def event_of(happening: Happening) -> QuestionEvent:
    if isinstance(happening, Looked):
        seen = SeenShape(happening.id, happening.probe, dict(happening.arguments), happening.failed, False, "")
        return QuestionEvent("looked", seen=seen)
    return QuestionEvent("said", text=happening.text)


def _seen(cited: Cited) -> SeenShape:
    return SeenShape(cited.id, cited.probe, dict(cited.arguments), cited.failed, cited.is_cited, cited.sha256)

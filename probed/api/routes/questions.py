from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.types import ASGIApp

from probed.api.answers import answer
from probed.api.asking import AskingStream
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.evidence import evidence_shape
from probed.api.mapping.question import question_shape
from probed.api.mapping.transcript import transcript_shape
from probed.api.peer import Role
from probed.api.problems import Invalid
from probed.api.query import PAGE_BY_ID, word
from probed.api.text import check_texts
from probed.core.inquiry import InquiryDraft
from probed.wire import paths
from probed.wire.page import PageOf
from probed.wire.question import QuestionRequest, QuestionShape
from probed.wire.run import EvidenceOfRunShape, TranscriptShape


async def ask_question(call: Call) -> ASGIApp:
    request: QuestionRequest = await call.body(QuestionRequest)
    check_texts(request)
    if not request.text.strip():
        raise Invalid("text", "is empty")
    draft = InquiryDraft(request.text.strip(), request.session or "", request.goes_on, request.about or "")
    questions = call.desk.context.questions
    return AskingStream(questions, await questions.begin(draft, await call.actor()))


async def list_questions(call: Call) -> Response:
    page = await call.desk.context.queries.inquiries(*call.page, session=call.query.get("session"))
    return answer(PageOf[QuestionShape], PageOf([question_shape(each) for each in page.items], page.next))


async def show_question(call: Call) -> Response:
    return answer(QuestionShape, question_shape(await call.desk.context.queries.inquiry(call.id)))


async def show_question_transcript(call: Call) -> Response:
    inquiry = await call.desk.context.queries.inquiry(call.id)
    return answer(TranscriptShape, transcript_shape(await call.desk.context.queries.transcript(inquiry.id)))


async def show_question_evidence(call: Call) -> Response:
    inquiry = await call.desk.context.queries.inquiry(call.id)
    kept = await call.desk.context.queries.evidence(inquiry.id)
    return await asyncio.to_thread(lambda: answer(EvidenceOfRunShape, evidence_shape(kept)))


ENDPOINTS = (
    Endpoint(
        "POST",
        paths.QUESTIONS,
        Role.OPERATOR,
        ask_question,
        "Ask a model about this host; what happens comes as server-sent events (QuestionEvent), the answer last. "
        "Whoever goes away cancels the question.",
        media_type="text/event-stream",
        body=QuestionRequest,
        body_required=True,
        refusals=(404, 409, 429),
    ),
    Endpoint(
        "GET",
        paths.QUESTIONS,
        Role.VIEWER,
        list_questions,
        "Questions with their answers, the newest first.",
        answer=PageOf[QuestionShape],
        query=(*PAGE_BY_ID, word("session", "Only those of this session: the id of its first question.")),
    ),
    Endpoint("GET", f"{paths.QUESTIONS}/{{id}}", Role.VIEWER, show_question, "One question.", answer=QuestionShape),
    Endpoint(
        "GET",
        f"{paths.QUESTIONS}/{{id}}/transcript",
        Role.ADMIN,
        show_question_transcript,
        "What was said to the model and by it.",
        answer=TranscriptShape,
    ),
    Endpoint(
        "GET",
        f"{paths.QUESTIONS}/{{id}}/evidence",
        Role.ADMIN,
        show_question_evidence,
        "What the model asked through probes, and the answers as it got them.",
        answer=EvidenceOfRunShape,
    ),
)

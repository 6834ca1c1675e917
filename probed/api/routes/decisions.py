from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.decision import decision_shape
from probed.api.mapping.transcript import transcript_shape
from probed.api.peer import Role
from probed.api.problems import Invalid
from probed.api.query import PAGE_BY_ID, choice
from probed.api.text import check_texts
from probed.core.decision import Decision, DecisionState
from probed.wire import paths
from probed.wire.decision import Approval, DecisionShape, Rejection
from probed.wire.page import PageOf
from probed.wire.run import TranscriptShape

LONGEST_REVERT_S = 86400.0


async def list_decisions(call: Call) -> Response:
    page = await call.desk.context.queries.decisions(*call.page, state=call.query.get("state"))
    return answer(PageOf[DecisionShape], PageOf(await _shapes(call, *page.items), page.next))


async def show_decision(call: Call) -> Response:
    return await _one(call, await call.desk.context.queries.decision(call.id))


async def approve_decision(call: Call) -> Response:
    approval: Approval = await call.optional_body(Approval)
    check_texts(approval)
    decision = await call.desk.context.operator.approve(
        call.id, await call.actor(), approval.hash, approval.confirmation, _duration(approval)
    )
    return await _one(call, decision)


def _duration(approval: Approval) -> float | None:
    if approval.revert_after_s is not None and not 1 <= approval.revert_after_s <= LONGEST_REVERT_S:
        raise Invalid("revert_after_s", f"must be between 1 and {LONGEST_REVERT_S:g}")
    return approval.revert_after_s


async def reject_decision(call: Call) -> Response:
    rejection: Rejection = await call.optional_body(Rejection)
    check_texts(rejection)
    decision = await call.desk.context.operator.reject(call.id, await call.actor(), rejection.note)
    return await _one(call, decision)


async def show_decision_transcript(call: Call) -> Response:
    decision = await call.desk.context.queries.decision(call.id)
    return answer(TranscriptShape, transcript_shape(await call.desk.context.queries.transcript(decision.id)))


async def _one(call: Call, decision: Decision) -> Response:
    (shape,) = await _shapes(call, decision)
    return answer(DecisionShape, shape)


async def _shapes(call: Call, *decisions: Decision) -> list[DecisionShape]:
    cases = await call.desk.cases_of(decisions)
    inspections = call.desk.context.inspections()
    return [decision_shape(decision, cases.get(decision.case_id), inspections) for decision in decisions]


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.DECISIONS,
        Role.VIEWER,
        list_decisions,
        "Decisions, the newest first.",
        answer=PageOf[DecisionShape],
        query=(*PAGE_BY_ID, choice("state", DecisionState, "Only those in this state.")),
    ),
    Endpoint("GET", f"{paths.DECISIONS}/{{id}}", Role.VIEWER, show_decision, "One decision.", answer=DecisionShape),
    Endpoint(
        "GET",
        f"{paths.DECISIONS}/{{id}}/transcript",
        Role.ADMIN,
        show_decision_transcript,
        "What was said to the model that was asked for its advice, and by it.",
        answer=TranscriptShape,
    ),
    Endpoint(
        "POST",
        f"{paths.DECISIONS}/{{id}}/approve",
        Role.ADMIN,
        approve_decision,
        "Approve: exactly this action is executed once, and verified.",
        answer=DecisionShape,
        body=Approval,
        refusals=(409,),
    ),
    Endpoint(
        "POST",
        f"{paths.DECISIONS}/{{id}}/reject",
        Role.OPERATOR,
        reject_decision,
        "Reject: the action is not executed and the case climbs on.",
        answer=DecisionShape,
        body=Rejection,
        refusals=(409,),
    ),
)

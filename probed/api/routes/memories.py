from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.memory import memory_shape
from probed.api.peer import Role
from probed.api.problems import Invalid
from probed.api.query import PAGE_BY_ID, word
from probed.api.text import check_texts
from probed.core.solved_case import SolvedCase
from probed.wire import paths
from probed.wire.memory import MemoryCorrection, MemoryShape, NewMemory
from probed.wire.page import PageOf


async def list_memories(call: Call) -> Response:
    page = await call.desk.context.queries.solved_cases(*call.page, check=call.query.get("check"))
    now = call.desk.context.now()
    return answer(PageOf[MemoryShape], PageOf([memory_shape(each, now) for each in page.items], page.next))


async def show_memory(call: Call) -> Response:
    return _one(call, await call.desk.context.queries.solved_case(call.id))


async def add_memory(call: Call) -> Response:
    new: NewMemory = await call.body(NewMemory)
    check_texts(new)
    operator = call.desk.context.operator
    return _one(call, await operator.remember(new.case, new.cause, new.advice, await call.actor()), 201)


async def correct_memory(call: Call) -> Response:
    correction: MemoryCorrection = await call.body(MemoryCorrection)
    check_texts(correction)
    if correction == MemoryCorrection():
        raise Invalid("cause", "is missing: say what is to be corrected")
    operator = call.desk.context.operator
    corrected = await operator.correct_memory(
        call.id,
        await call.actor(),
        correction.cause,
        correction.advice,
        without_action=correction.without_action,
    )
    return _one(call, corrected)


async def delete_memory(call: Call) -> Response:
    return _one(call, await call.desk.context.operator.delete_memory(call.id, await call.actor()))


def _one(call: Call, memory: SolvedCase, status: int = 200) -> Response:
    return answer(MemoryShape, memory_shape(memory, call.desk.context.now()), status)


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.MEMORIES,
        Role.VIEWER,
        list_memories,
        "Solved cases that are remembered, the newest first.",
        answer=PageOf[MemoryShape],
        query=(*PAGE_BY_ID, word("check", "Only those of this check.")),
    ),
    Endpoint("GET", f"{paths.MEMORIES}/{{id}}", Role.VIEWER, show_memory, "One memory.", answer=MemoryShape),
    Endpoint(
        "POST",
        paths.MEMORIES,
        Role.OPERATOR,
        add_memory,
        "Remember what was behind a case, and what helped.",
        answer=MemoryShape,
        status=201,
        body=NewMemory,
        body_required=True,
        refusals=(404, 409),
    ),
    Endpoint(
        "POST",
        f"{paths.MEMORIES}/{{id}}/correct",
        Role.OPERATOR,
        correct_memory,
        "Correct a memory; whoever does stands for it.",
        answer=MemoryShape,
        body=MemoryCorrection,
        body_required=True,
    ),
    Endpoint(
        "POST",
        f"{paths.MEMORIES}/{{id}}/delete",
        Role.OPERATOR,
        delete_memory,
        "Forget a memory; the answer is what was forgotten.",
        answer=MemoryShape,
    ),
)

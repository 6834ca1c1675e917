from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.evidence import evidence_shape
from probed.api.mapping.replay import replay_shape
from probed.api.mapping.run import run_shape
from probed.api.mapping.transcript import transcript_shape
from probed.api.peer import Role
from probed.api.problems import Invalid
from probed.api.query import PAGE_BY_ID, choice, word
from probed.api.text import check_texts
from probed.core.run import Run, RunState
from probed.errors import DocumentError, NotFound
from probed.wire import paths
from probed.wire.page import PageOf
from probed.wire.replay import ReplayRequest, ReplayShape
from probed.wire.run import EvidenceOfRunShape, RunShape, TranscriptShape

REPLAY_WITHIN_S = 900.0


async def list_runs(call: Call) -> Response:
    inspection, state = call.query.get("inspection"), call.query.get("state")
    page = await call.desk.context.queries.runs(*call.page, inspection=inspection, state=state)
    return answer(PageOf[RunShape], PageOf(await run_shapes(call, page.items), page.next))


async def show_run(call: Call) -> Response:
    run = await call.desk.context.queries.run(call.id)
    return answer(RunShape, (await run_shapes(call, [run]))[0])


async def run_shapes(call: Call, runs: Sequence[Run]) -> list[RunShape]:
    """Each with the verdict of its report."""
    verdicts = await call.desk.context.queries.verdicts([run.report_id for run in runs if run.report_id])
    return [run_shape(run, verdicts.get(run.report_id or "")) for run in runs]


async def show_run_transcript(call: Call) -> Response:
    run = await call.desk.context.queries.run(call.id)
    return answer(TranscriptShape, transcript_shape(await call.desk.context.queries.transcript(run.id)))


async def show_run_evidence(call: Call) -> Response:
    run = await call.desk.context.queries.run(call.id)
    kept = await call.desk.context.queries.evidence(run.id)
    return await asyncio.to_thread(lambda: answer(EvidenceOfRunShape, evidence_shape(kept)))


async def cancel_run(call: Call) -> Response:
    run = await call.desk.context.operator.cancel_run(call.id, await call.actor())
    return answer(RunShape, (await run_shapes(call, [run]))[0])


async def replay_run(call: Call) -> Response:
    request: ReplayRequest = await call.optional_body(ReplayRequest)
    check_texts(request)
    replays = call.desk.context.replays
    if replays is None:
        raise NotFound("nothing is replayed here")
    try:
        replay = await replays.replay(call.id, await call.actor(), request.document or "", request.model or "")
    except DocumentError as error:
        raise Invalid("document", f"line {error.line}: {error.reason}") from error
    return answer(ReplayShape, replay_shape(replay))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.RUNS,
        Role.VIEWER,
        list_runs,
        "Runs, the newest first.",
        answer=PageOf[RunShape],
        query=(
            *PAGE_BY_ID,
            word("inspection", "Only those of this inspection or submitter."),
            choice("state", RunState, "Only those in this state."),
        ),
    ),
    Endpoint("GET", f"{paths.RUNS}/{{id}}", Role.VIEWER, show_run, "One run.", answer=RunShape),
    Endpoint(
        "POST",
        f"{paths.RUNS}/{{id}}/cancel",
        Role.OPERATOR,
        cancel_run,
        "End a run that is under way, and what it has started, such as a model's program.",
        answer=RunShape,
        refusals=(404, 409),
    ),
    Endpoint(
        "GET",
        f"{paths.RUNS}/{{id}}/transcript",
        Role.ADMIN,
        show_run_transcript,
        "What was said to the model and by it.",
        answer=TranscriptShape,
    ),
    Endpoint(
        "GET",
        f"{paths.RUNS}/{{id}}/evidence",
        Role.ADMIN,
        show_run_evidence,
        "What the model asked through probes, and the answers as it got them.",
        answer=EvidenceOfRunShape,
    ),
    Endpoint(
        "POST",
        f"{paths.RUNS}/{{id}}/replay",
        Role.ADMIN,
        replay_run,
        "Repeat a run from its recording, perhaps by another document; nobody is asked but a model that is named, "
        "nothing is done and nobody is told.",
        answer=ReplayShape,
        body=ReplayRequest,
        refusals=(404, 429),
        deadline_s=REPLAY_WITHIN_S,
    ),
)

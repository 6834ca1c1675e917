"""What a run stood on is kept where a model was asked, so that it can be replayed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from probed.core.evidence import evidence_in
from probed.core.finding import Finding
from probed.core.inspection import Inspection
from probed.core.investigation import Answer
from probed.core.recording import Ended, Looked, OpenProblem, Recording, Told, recording_in, recording_text
from probed.core.run import Run
from probed.core.transcript import TranscriptKind
from probed.engine.judging import Active
from probed.engine.looking import CheckResult
from probed.engine.opinion import Opinion
from probed.engine.transcripts import keep_transcript
from probed.errors import NoAnswer, NotFound
from probed.ports import Monitor, Queries

log = logging.getLogger("cortex.agent")


@dataclass(frozen=True, slots=True)
class Seen:
    """By the checks of a document."""

    results: Sequence[CheckResult]
    findings: Sequence[Finding]


async def keep_recording(
    monitor: Monitor, run: Run, inspection: Inspection, seen: Seen, later: Seen, opinion: Opinion, active: Active
) -> None:
    """`seen`: what the model was asked about; `later`: what the report holds. As little a reason to fail as a
    transcript."""
    came = opinion.answer or opinion.failure
    if came is None:
        return
    failure = opinion.failure
    is_newer = later.results != seen.results
    recording = Recording(
        run_id=run.id,
        inspection=inspection,
        looked=tuple(map(_looked, seen.results)),
        findings=tuple(seen.findings),
        open_before=tuple(OpenProblem(*identity, severity) for identity, severity in active.items()),
        passed=came.passed,
        spent_usd=opinion.spent_usd,
        ended=_ended(failure) if failure else None,
        told=None if came.passed.exchanges else _told(opinion.answer),
        later_looked=tuple(map(_looked, later.results)) if is_newer else None,
        later_findings=tuple(later.findings) if is_newer else None,
    )
    text = await asyncio.to_thread(recording_text, recording)
    await keep_transcript(monitor, run.id, TranscriptKind.RECORDING, text)


async def read_recording(queries: Queries, run_id: str) -> Recording:
    """With the evidence. Raises NotFound."""
    kept = await queries.recording(run_id)
    try:
        evidence = (await queries.evidence(run_id)).text
    except NotFound:  # no probe was asked
        evidence = ""
    try:
        recording = await asyncio.to_thread(recording_in, kept.text)
    except ValueError as error:
        raise NotFound(f"the recording of {run_id} is of another version of Cortex: {error}") from error
    return replace(recording, evidence=evidence_in(evidence))


def result_of(looked: Looked) -> CheckResult:
    return CheckResult(looked.check, looked.observations, looked.absent, looked.failure, looked.timed_out)


def _told(answer: Answer | None) -> Told | None:
    return Told(answer.verdict, answer.summary, answer.findings, answer.cost_usd) if answer else None


def _ended(failure: NoAnswer) -> Ended:
    return Ended(failure.reason, failure.cost_usd, failure.over_budget, bool(failure.transcript))


def _looked(result: CheckResult) -> Looked:
    return Looked(result.check, result.observations, result.absent, result.failure, result.timed_out)

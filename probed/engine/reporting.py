"""The report of a run: what its checks found, and what a model says of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from probed.core.finding import Finding
from probed.core.report import Report, Verdict, verdict_of
from probed.core.text import storable
from probed.engine.findings import marked, reasons, summary_of, with_model
from probed.engine.injections import all_attempts, is_attempt
from probed.engine.looking import CheckResult
from probed.engine.opinion import Opinion
from probed.engine.remember import note_of


def report_of(
    names: tuple[str, str, str],
    results: Sequence[CheckResult],
    findings: Sequence[Finding],
    opinion: Opinion,
    now: datetime,
) -> Report:
    """`names`: the report's id, the run's, and the source."""
    id_, run_id, source = names
    unanswered = reasons((result.check, result.failure) for result in results if result.failure)
    if opinion.failure:
        unanswered.append(storable(f"model: {opinion.failure.reason}"))
    told = [marked(each) for each in (opinion.answer.findings if opinion.answer else ()) if not is_attempt(each)]
    every = [*with_model(findings, told), *all_attempts(results, opinion.attempts)]
    verdict = verdict_of(every, answered=not unanswered)
    if opinion.answer and opinion.answer.verdict is Verdict.UNKNOWN and verdict is Verdict.OK:
        verdict = Verdict.UNKNOWN
        unanswered.append(f"model: {opinion.answer.summary}")
    return Report(
        id=id_,
        run_id=run_id,
        source=source,
        verdict=verdict,
        summary=(opinion.answer and opinion.answer.summary) or summary_of(every, unanswered, results),
        findings=tuple(every),
        created_at=now,
        unanswered=tuple(unanswered),
        notes=(
            *(note_of(absent) for result in results for absent in result.absent),
            *(opinion.answer.notes if opinion.answer else ()),
        ),
        cost_usd=opinion.cost_usd,
        carried_from=opinion.carried_from,
        grounding=opinion.answer.grounding if opinion.answer else None,
        is_told=opinion.failure is not None and opinion.failure.is_told and len(unanswered) == 1,
    )

"""Text from the host that is written to lead a model: a finding of its own, and what a model said after it counts
less."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from probed.core.finding import FROM_MODEL, Finding, Severity
from probed.core.injection import CHECK, Injection, broken, injection_in, injections_in, texts_within
from probed.core.investigation import Answer, Evidence, Task
from probed.engine.looking import CheckResult

MOST = 10
"""Findings of one run: more of them say no more."""

Texts = Iterator[tuple[str, str]]
"""With where each of them comes from."""


def all_attempts(results: Sequence[CheckResult], read: Sequence[Finding]) -> list[Finding]:
    """With those in what the checks saw and no model has read."""
    known = {finding.identity for finding in read}
    unread = _findings(injections_in(_of_results(results)), Severity.INFO)
    return [*read, *(finding for finding in unread if finding.identity not in known)][:MOST]


def read_attempts(task: Task, evidence: Sequence[Evidence] = (), results: Sequence[CheckResult] = ()) -> list[Finding]:
    """In what a model has read, or is to read. Takes its time: call it beside the event loop."""
    texts = [*_of_evidence(evidence), *_of_task(task), *_of_results(results)]
    return _findings(injections_in(texts), Severity.WARNING)


def guarded(answer: Answer, attempts: Sequence[Finding]) -> Answer:
    """Where the model has read what was written to lead it, it proposes nothing, raises no critical alarm, its words
    do not stand for the whole report, and the attempts are among the findings. What else it found stays."""
    findings = tuple(_not_ours(finding) for finding in answer.findings)
    if not attempts:
        return replace(answer, findings=findings)
    return replace(answer, summary="", findings=(*map(_harmless, findings), *attempts))


def caution(task: Task, evidence: Sequence[Evidence]) -> str:
    """What a person is told beside the answer to a question; empty in nearly every case."""
    places = ", ".join(finding.object for finding in read_attempts(task, evidence))
    return f"\n\nRead this with care: there is text written to lead a model in {places}." if places else ""


def is_attempt(finding: Finding) -> bool:
    return finding.check == CHECK


def _harmless(finding: Finding) -> Finding:
    severity = min(finding.severity, Severity.WARNING, key=lambda each: each.rank)
    return replace(finding, severity=severity, proposed_action=None)


def _not_ours(finding: Finding) -> Finding:
    """The name is the detector's, which no model speaks for."""
    return replace(finding, check=FROM_MODEL + finding.check) if is_attempt(finding) else finding


def _findings(injections: Sequence[Injection], severity: Severity) -> list[Finding]:
    return [_finding(each, severity) for each in injections[:MOST]]


def _finding(injection: Injection, severity: Severity) -> Finding:
    """The name of an object can be the attempt itself: then it is told as the text is."""
    was_read = "a model has read it" if severity is Severity.WARNING else "no model has read it"
    source = broken(injection.source) if injection_in(injection.source) else injection.source
    return Finding(
        CHECK,
        source,
        severity,
        f"text in {source} is written to lead a model ({injection.kind}); {was_read}",
        {"kind": injection.kind, "excerpt": injection.excerpt},
    )


def _of_results(results: Iterable[CheckResult]) -> Texts:
    for result in results:
        for seen in result.observations:
            for text in (seen.object, seen.summary, *texts_within(seen.evidence)):
                yield f"{result.check} {seen.object}", text


def _of_task(task: Task) -> Texts:
    for finding in task.findings:
        for text in (finding.object, finding.summary, *texts_within(finding.evidence)):
            yield f"{finding.check} {finding.object}", text
    if task.question:
        question = task.question
        facts = (question.object, question.problem, question.evidence, question.dry_run, question.snapshot)
        yield from ((f"the question about {question.object}", text) for text in texts_within(facts))
    if task.asked:
        yield from (("the facts of the task", text) for text in texts_within(task.asked.facts))


def _of_evidence(evidence: Iterable[Evidence]) -> Texts:
    for each in evidence:
        asked = " ".join(str(value) for value in each.arguments.values() if isinstance(value, str) and value)
        source = f"{each.probe} {asked}".strip()[:200]
        yield from ((source, text) for text in texts_within(_content(each)))


def _content(evidence: Evidence) -> object:
    try:
        return json.loads(evidence.answer)
    except ValueError:
        return evidence.answer

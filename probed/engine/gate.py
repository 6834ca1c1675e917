"""Before a model is asked in a run: what the checks leave open, and whether an earlier analysis still speaks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from probed.core.evidence_gate import Cause, KeptAnalysis, LeftOpen, Passage, passage_of
from probed.core.evidence_mark import Mark, mark_of, mark_of_silence
from probed.core.finding import Finding, Grounding, Severity
from probed.core.inspection import AgentWhen, Inspection
from probed.core.investigation import Answer
from probed.core.recording import Recording
from probed.core.run import Run
from probed.engine.known_fix import KnownFixes
from probed.engine.looking import CheckResult
from probed.engine.rules import Rules
from probed.ports import Clock, Monitor, Queries

MOST_MARKS = 500
"""Findings of one run that are told apart; the others count together."""


class EvidenceGate:
    def __init__(self, monitor: Monitor, queries: Queries, fixes: KnownFixes, clock: Clock, rules: Rules) -> None:
        self._monitor, self._queries, self._fixes, self._clock, self._rules = monitor, queries, fixes, clock, rules
        self._counts: Counter[str] = Counter()
        self._claims: Counter[str] = Counter()

    @property
    def counts(self) -> Mapping[str, int]:
        """How often it decided what, by the cause, since the start."""
        return dict(self._counts)

    @property
    def claims(self) -> Mapping[str, int]:
        """Numbers that models quoted since the start, by whether the evidence holds them: `yes`, `no`."""
        return dict(self._claims)

    def count(self, grounding: Grounding) -> None:
        self._claims["yes"] += grounding.supported
        self._claims["no"] += grounding.claims - grounding.supported

    async def left_open(
        self,
        inspection: Inspection,
        results: Sequence[CheckResult],
        findings: Sequence[Finding],
        *,
        before: str = "",
    ) -> LeftOpen | None:
        """None: the checks leave no question. The first time that a check gives no answer is none yet. `before`: the
        report of a run that is repeated."""
        marks = [mark_of(each) for each in findings if each.severity is not Severity.INFO]
        silent = {result.check: result.failure for result in results if result.failure}
        if silent and (marks or await self._was_silent(inspection.id, before)):
            marks += [mark_of_silence(check, reason) for check, reason in silent.items()]
        return LeftOpen(inspection.document_hash, _bounded(marks)) if marks else None

    async def passage(
        self, inspection: Inspection, left: LeftOpen | None, findings: Sequence[Finding]
    ) -> tuple[Passage, LeftOpen]:
        """With what is left open as it was compared."""
        if inspection.agent.when is AgentWhen.ALWAYS or left is None:
            passage = Passage(Cause.ALWAYS, "the document says always")
            left = left or LeftOpen(inspection.document_hash, ())
        else:
            known, flaps = await self._queries.analyses(inspection.id)
            left = LeftOpen(left.document_hash, left.marks, flaps)
            passage = passage_of(left, known, self._clock.now(), self._rules.analysis_lasts_s)
            if passage.asks and inspection.agent.when is AgentWhen.UNSOLVED:
                fixes = await self.fixes_of(inspection, left, findings)
                passage = Passage(Cause.FIX, f"a known fix is tried first: {', '.join(fixes)}") if fixes else passage
        self._counts[passage.cause] += 1
        return passage, left

    async def fixes_of(
        self, inspection: Inspection, left: LeftOpen, findings: Sequence[Finding], then: Recording | None = None
    ) -> tuple[str, ...]:
        """The actions that are tried first, where a document says `unsolved`; none: it is a question. `then`: the run
        that is repeated."""
        if left.is_silent:
            return ()
        return await self._fixes.of(inspection, findings, then.open_before if then else None)

    async def keep(self, run: Run, left: LeftOpen, answer: Answer | None, attempts: Sequence[Finding] = ()) -> None:
        """What came of asking, for later runs; without an answer the attempts to steer that were read all the same."""
        kept = KeptAnalysis(
            run.inspection, run.id, self._clock.now(), left.document_hash, left.marks, findings=tuple(attempts)
        )
        if answer:
            kept = KeptAnalysis(
                run.inspection,
                run.id,
                self._clock.now(),
                left.document_hash,
                left.marks,
                answer.verdict,
                answer.summary,
                answer.findings,
                answer.grounding,
            )
        async with self._monitor.transaction() as tx:
            await tx.analyses.add(kept)

    async def _was_silent(self, source: str, before: str) -> bool:
        async with self._monitor.transaction() as tx:
            return await tx.reports.streak_of_unknown(source, before) > 0


def _bounded(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    if len(marks) <= MOST_MARKS:
        return tuple(marks)
    ordered = sorted(marks, key=lambda mark: -mark.rank)
    rest = ordered[MOST_MARKS:]
    return (*ordered[:MOST_MARKS], Mark("others", "", rest[0].severity, numbers={"objects": float(len(rest))}))

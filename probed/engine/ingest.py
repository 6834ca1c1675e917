"""Takes a report in: run, report, cases and all that follows, in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from probed.core.finding import Finding, Severity
from probed.core.inspection import Inspection
from probed.core.observation import Observation, Place
from probed.core.pieces import Pieces
from probed.core.report import Report, Verdict, verdict_of
from probed.core.run import Run, RunState, Trigger
from probed.engine.audit import audit
from probed.engine.catalogue import Catalogue
from probed.engine.ids import Ids
from probed.engine.ladder import Covers, Ladder
from probed.engine.options import OURSELVES as OWN_SOURCE
from probed.engine.options import Candidate, Options
from probed.engine.pulse import Pulse
from probed.engine.recall import Recall
from probed.engine.spans import of_report, of_run, tell_end
from probed.errors import InvalidReport, Overloaded
from probed.ports import Actor, Clock, Monitor, ReportDraft, Tracer, Transaction

MOST_WAITING = 256
"""Submitted reports that may wait for their transaction; the next one is answered with Overloaded."""
NONE: Mapping[Place, Pieces] = {}
OURSELVES = Actor(OWN_SOURCE)
MOST_SOURCES = 5000
"""Of reports that are kept; each keeps its newest."""
MOST_SUBMITTERS = 4096
"""Names that are remembered as those of other programs; any other is looked up."""
LOOKS_AT_ONCE = 16
"""Findings of one report whose actions are looked for side by side."""


class Ingest:
    def __init__(
        self,
        monitor: Monitor,
        ladder: Ladder,
        options: Options,
        catalogue: Catalogue,
        ids: Ids,
        clock: Clock,
        pulse: Pulse,
        tracer: Tracer,
        recall: Recall,
    ) -> None:
        self._monitor, self._ladder, self._options, self._catalogue = monitor, ladder, options, catalogue
        self._ids, self._clock, self._pulse, self._tracer, self._recall = ids, clock, pulse, tracer, recall
        self._waiting = 0
        self._submitters: set[str] = set()

    async def submit(self, draft: ReportDraft, by: Actor) -> Report:
        if self._waiting >= MOST_WAITING:
            raise Overloaded
        self._waiting += 1
        try:
            await self._refuse_inspection(draft.source)
            return await self._submit(draft, by, lambda case: True)
        finally:
            self._waiting -= 1

    async def report_own(self, draft: ReportDraft, check: str) -> Report:
        """What Cortex says about itself; it states the whole truth of this one check."""
        return await self._submit(draft, OURSELVES, lambda case: case.check == check)

    async def _refuse_inspection(self, source: str) -> None:
        """Another program cannot speak for an inspection, not even where its document is broken or gone: it could say
        that all is well. Nor can it speak for Cortex, nor under ever new names."""
        if source == OURSELVES.name:
            raise InvalidReport("source", f"{source!r} is the daemon itself; choose another name")
        if self._catalogue.document(source) or any(document.id == source for document in self._catalogue.broken):
            self._submitters.discard(source)
            raise InvalidReport("source", f"{source!r} is an inspection of this host; choose another name")
        if source in self._submitters:
            return
        async with self._monitor.transaction() as tx:
            if await tx.runs.has_run(source):
                raise InvalidReport("source", f"{source!r} was an inspection of this host; choose another name")
            if not await tx.reports.has_room_for(source, MOST_SOURCES):
                reason = f"{MOST_SOURCES} have reported, and each keeps its newest report: use one name again and again"
                raise InvalidReport("source", reason)
        if len(self._submitters) >= MOST_SUBMITTERS:
            self._submitters.clear()
        self._submitters.add(source)

    async def take_in(
        self,
        run: Run,
        report: Report,
        document: Inspection | None,
        covers: Covers,
        samples: tuple[tuple[str, tuple[Observation, ...]], ...] = (),
        memories: Mapping[Place, Pieces] = NONE,
        by: Actor | None = None,
    ) -> None:
        """`by`: who handed it in. One that says nothing new leaves its run alone, and no line in the audit log."""
        self._tracer.tell(of_report(report))
        report = await self._recall.recognised(report, document)
        candidates = await self._candidates(report, document)
        async with self._monitor.transaction() as tx:
            await tx.runs.save(run)
            await tx.reports.add(report)
            looked_at = run.started_at or run.created_at
            is_news = await self._ladder.take_in(tx, report, document, candidates, covers, looked_at)
            if is_news and by:
                detail = {"run": run.id, "report": report.id}
                await audit(tx, by, report.source, f"handed in a report: {report.verdict}", detail)
            for check, observations in samples:
                await tx.samples.add(check, observations, report.created_at)
            await tx.memories.save(report.source, memories)
            await self._publish(tx, run, report)
        if is_news or report.findings:  # else nothing has become due
            self._pulse.beat()

    async def _submit(self, draft: ReportDraft, by: Actor, covers: Covers) -> Report:
        now = self._clock.now()
        run_id, report_id = self._ids.new(), self._ids.new()
        verdict = Verdict(draft.verdict)
        findings = (*draft.findings, *_spoken_only_in_the_verdict(draft, verdict))
        if verdict is not Verdict.UNKNOWN:
            verdict = verdict_of(findings, answered=True)
        report = Report(report_id, run_id, draft.source, verdict, draft.summary, findings, now)
        state = RunState.UNKNOWN if verdict is Verdict.UNKNOWN else RunState.OK
        run = Run(
            id=run_id,
            inspection=draft.source,
            trigger=Trigger.EXTERNAL,
            state=state,
            created_at=now,
            started_at=now,
            ended_at=now,
            report_id=report_id,
            reason=draft.summary if state is RunState.UNKNOWN else "",
            by=by.name,
        )
        with self._tracer.span(f"run {run.inspection}", of_run(run), parent=draft.trace):
            await self.take_in(
                run,
                report,
                None,
                lambda case: verdict is not Verdict.UNKNOWN and covers(case),
                by=None if by is OURSELVES else by,
            )
            tell_end(self._tracer, run)
        return report

    async def _candidates(self, report: Report, document: Inspection | None) -> dict[tuple[str, str], list[Candidate]]:
        """A few side by side: each look at the host has its own deadline, and a report may hold more findings than may
        wait for a worker."""
        free = asyncio.Semaphore(LOOKS_AT_ONCE)

        async def look(finding: Finding) -> list[Candidate]:
            async with free:
                return await self._options.candidates(finding, document, is_own=report.source == OURSELVES.name)

        problems = [finding for finding in report.findings if finding.severity is not Severity.INFO]
        found = await asyncio.gather(*map(look, problems))
        return {finding.identity: options for finding, options in zip(problems, found, strict=True)}

    async def _publish(self, tx: Transaction, run: Run, report: Report) -> None:
        data = {
            "inspection": run.inspection,
            "state": str(run.state),
            "verdict": str(report.verdict),
            "report_id": report.id,
            "reason": run.reason,
            "by": run.by,
        }
        await tx.stream.publish("run.ended", run.id, data)


def _spoken_only_in_the_verdict(draft: ReportDraft, verdict: Verdict) -> tuple[Finding, ...]:
    """A submitted verdict that none of its findings carries is itself a finding: nothing is lost."""
    if verdict not in (Verdict.WARNING, Verdict.CRITICAL):
        return ()
    severity = Severity(verdict.value)
    if any(finding.severity.rank >= severity.rank for finding in draft.findings):
        return ()
    return (Finding("report", draft.source, severity, draft.summary),)

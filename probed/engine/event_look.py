"""A look because the host told of something: only the checks that it concerns, and recorded only where it brings
news."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from probed.core.case import Case
from probed.core.finding import Finding
from probed.core.observation import Place
from probed.core.pieces import NOTHING, Pieces
from probed.core.report import Report, verdict_of
from probed.core.run import Run, RunState, Trigger
from probed.core.text import storable
from probed.engine.catalogue import Catalogue, Entry
from probed.engine.findings import summary_of
from probed.engine.ids import Ids
from probed.engine.ingest import Ingest
from probed.engine.inspect import MARGIN_S, Inspector
from probed.engine.judging import Active
from probed.engine.looking import CheckResult, look, placed
from probed.engine.retire import Retirement
from probed.engine.spans import of_run, tell_end
from probed.ports import Clock, Tracer, Workers


@dataclass(frozen=True, slots=True)
class EventLook:
    """No model is asked: it has its turn with the next whole run, as long as the finding is there."""

    inspector: Inspector
    ingest: Ingest
    catalogue: Catalogue
    retirement: Retirement
    workers: Workers
    ids: Ids
    clock: Clock
    tracer: Tracer

    async def look(self, inspection_id: str, places: Collection[int], why: str) -> Run | None:
        """`places`: of the checks in their document. Returns the run, or None where nothing was new. Raises NotFound,
        CannotPersist."""
        entry = self.catalogue.get(inspection_id)
        began_at = self.clock.now()
        fresh = await self._fresh(entry, [place for place in places if place < len(entry.checks)])
        if self.retirement.is_due(inspection_id):
            return None
        self._remember(entry, fresh)
        active = await self.inspector.active(inspection_id)
        findings = self.inspector.judged(entry.inspection, fresh, active)
        spoken_for = SpokenFor.of(entry, fresh)
        if not is_news(findings, active, spoken_for):
            return None
        return await self._record(entry, fresh, findings, spoken_for, began_at, why)

    def holds_back(self, inspection_id: str, places: Collection[int]) -> bool:
        """Whether another look may find what this one could not tell yet."""
        return self.inspector.judge.holds_back(inspection_id, places)

    async def _record(
        self,
        entry: Entry,
        fresh: Mapping[int, CheckResult],
        findings: Sequence[Finding],
        spoken_for: SpokenFor,
        began_at: datetime,
        why: str,
    ) -> Run:
        inspection, now = entry.inspection, self.clock.now()
        report = Report(
            id=self.ids.new(),
            run_id=self.ids.new(),
            source=inspection.id,
            verdict=verdict_of(findings, answered=True),
            summary=summary_of(findings, ()),
            findings=tuple(findings),
            created_at=now,
            is_partial=True,
        )
        run = Run(
            id=report.run_id,
            inspection=inspection.id,
            trigger=Trigger.EVENT,
            state=RunState.OK,
            created_at=began_at,
            document_hash=inspection.document_hash,
            started_at=began_at,
            ended_at=now,
            reason=storable(why),
            report_id=report.id,
        )
        with self.tracer.span(f"run {inspection.id}", of_run(run)):
            memories = _memories(entry, fresh) | self.inspector.pending(inspection.id)
            await self.ingest.take_in(run, report, inspection, spoken_for.covers, memories=memories)
            tell_end(self.tracer, run)
        return run

    async def _fresh(self, entry: Entry, places: Sequence[int]) -> dict[int, CheckResult]:
        """The newest answers of these checks. What gives none is left to the next whole run, which says so."""
        began = self.clock.monotonic()
        deadline_s = max(entry.inspection.timeout_s - MARGIN_S, 0.1)
        known, named = await self.inspector.memories_of(entry), list(placed(entry.checks))
        looks = (
            look(entry.checks[place], self.workers, deadline_s, known=known.get(named[place][0], NOTHING))
            for place in places
        )
        results = await asyncio.gather(*looks)
        settle = self.inspector.newest.settle
        return {
            place: settle(entry.inspection, place, result, began)
            for place, result in zip(places, results, strict=True)
            if result.covers
        }

    def _remember(self, entry: Entry, fresh: Mapping[int, CheckResult]) -> None:
        """Together with the last answers of the other checks of the same names."""
        names = {result.check for result in fresh.values()}
        known = self.inspector.newest.of(entry.inspection)
        same = {place: result for place, result in known.items() if result.check in names} | dict(fresh)
        self.inspector.remembered.keep(entry.inspection.id, [same[place] for place in sorted(same)])


@dataclass(frozen=True, slots=True)
class SpokenFor:
    """What such a report speaks for: where the document names a check once, all of it; else what has been seen."""

    whole: frozenset[str]
    seen: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, entry: Entry, fresh: Mapping[int, CheckResult]) -> SpokenFor:
        answered = [result for result in fresh.values() if result.covers]
        looked_at = [result.check for result in answered]
        named = [check.name for check in entry.checks]
        return cls(
            frozenset(name for name in looked_at if looked_at.count(name) == named.count(name)),
            frozenset((result.check, seen.object) for result in answered for seen in result.observations),
        )

    def holds(self, identity: tuple[str, str]) -> bool:
        return identity[0] in self.whole or identity in self.seen

    def covers(self, case: Case) -> bool:
        return self.holds(case.identity)


def _memories(entry: Entry, fresh: Mapping[int, CheckResult]) -> dict[Place, Pieces]:
    """What was not stored with a report is seen once more by the next look."""
    named = [name for name, _ in placed(entry.checks)]
    return {named[place]: result.memory for place, result in fresh.items() if result.memory is not None}


def is_news(findings: Sequence[Finding], active: Active, spoken_for: SpokenFor) -> bool:
    """Whether that differs from what is open already."""
    found = {finding.identity: finding.severity for finding in findings}
    return found != {identity: severity for identity, severity in active.items() if spoken_for.holds(identity)}

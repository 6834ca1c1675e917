"""A run is repeated from its recording: nobody is asked but a model that is named, nothing is done, nothing is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from probed.core import case as ladder
from probed.core.case import Case, Seen
from probed.core.finding import Finding
from probed.core.inspection import AgentWhen, Inspection
from probed.core.investigation import Task
from probed.core.recording import Recording
from probed.core.replay import Heard, Outcome, Replay
from probed.core.report import Report
from probed.engine.audit import audit
from probed.engine.gate import EvidenceGate
from probed.engine.ids import Ids
from probed.engine.opinion import Opinion, opinion_of, opinion_without, task_of
from probed.engine.options import Options
from probed.engine.recordings import read_recording, result_of
from probed.engine.rejudging import Rejudged, rejudged
from probed.engine.reporting import report_of
from probed.errors import NoAnswer, ParameterError, TooMany
from probed.ports import Actor, Checks, Clock, Monitor, Queries, Replaying

NOBODY = Heard()


@dataclass(frozen=True, slots=True)
class ReplayWorld:
    """What replays stand on beside the engine."""

    replaying: Replaying
    checks: Checks
    read_document: Callable[[str], Inspection]
    """Raises DocumentError."""


@dataclass(frozen=True, slots=True)
class RunReplays:
    """Implements `ports.Replays`."""

    monitor: Monitor
    queries: Queries
    world: ReplayWorld
    options: Options
    gate: EvidenceGate
    ids: Ids
    clock: Clock
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def replay(self, run_id: str, by: Actor, document: str = "", model: str = "") -> Replay:
        """`document`: the text of another version; `model`: that is asked instead of the recording. Raises NotFound
        where no recording is kept, DocumentError, ParameterError, TooMany while another one goes on."""
        run = await self.queries.run(run_id)
        recording = await read_recording(self.queries, run.id)
        stored = await self.queries.report(run.report_id or "")
        if self.turn.locked():
            raise TooMany("another replay is under way")
        async with self.turn:
            async with self.monitor.transaction() as tx:
                await audit(tx, by, run.id, f"replayed run {run.id}", {"model": model, "document": bool(document)})
            if document:
                return await self._by_document(stored, recording, document, model)
            return await self._as_it_was(stored, recording, model)

    async def _as_it_was(self, stored: Report, recording: Recording, model: str) -> Replay:
        seen = Rejudged([*map(result_of, recording.looked)], list(recording.findings))
        heard = await self._hear(recording, recording.inspection, seen, model, in_order=True)
        if recording.later_looked is not None:  # the checks saw something newer meanwhile
            seen = Rejudged([*map(result_of, recording.later_looked)], list(recording.later_findings or ()))
        return await self._judged(stored, recording, recording.inspection, seen, heard)

    async def _by_document(self, stored: Report, recording: Recording, text: str, model: str) -> Replay:
        document = await asyncio.to_thread(self.world.read_document, text)
        if document.id != recording.inspection.id:
            wrong = f"is of the inspection {document.id}; the run is one of {recording.inspection.id}"
            raise ParameterError("document", wrong)
        seen = await asyncio.to_thread(rejudged, recording, document, self.world.checks)
        if not await self._is_wanted(document, seen, recording, stored):
            seen.notes.append("by this document no model is asked")
            return await self._judged(stored, recording, document, seen, (NOBODY, Opinion()))
        heard = await self._hear(recording, document, seen, model, in_order=False)
        return await self._judged(stored, recording, document, seen, heard)

    async def _is_wanted(self, document: Inspection, seen: Rejudged, recording: Recording, stored: Report) -> bool:
        """As the run would have decided that had no earlier analysis; of the same by the same rule it did."""
        when = document.agent.when
        if when in (AgentWhen.NEVER, AgentWhen.ALWAYS):
            return when is AgentWhen.ALWAYS
        if _decides_alike(document, seen, recording):
            return True
        left = await self.gate.left_open(document, seen.results, seen.findings, before=stored.id)
        if left is None:
            return False
        return when is AgentWhen.ON_FINDING or not await self.gate.fixes_of(document, left, seen.findings, recording)

    async def _hear(
        self, recording: Recording, document: Inspection, seen: Rejudged, model: str, *, in_order: bool
    ) -> tuple[Heard, Opinion]:
        """A model that is named has the budget of a run of its own."""
        run_id = self.ids.new() if model else recording.run_id
        task = task_of(run_id, document, seen.results, seen.findings, document.timeout_s)
        try:
            heard = await self.world.replaying.replay(task, recording, model=model, in_order=in_order)
        except NoAnswer as failure:
            heard = Heard(None, failure.reason, failure.cost_usd, failure.over_budget)
        return heard, replace(await _opinion(heard, task, seen), spent_usd=recording.spent_usd)

    async def _judged(
        self, stored: Report, recording: Recording, document: Inspection, seen: Rejudged, said: tuple[Heard, Opinion]
    ) -> Replay:
        heard, opinion = said
        names = (stored.id, stored.run_id, stored.source)
        report = report_of(names, seen.results, seen.findings, opinion, stored.created_at)
        recorded = Outcome(stored, await self._levels(stored, recording.inspection))
        replayed = Outcome(report, await self._levels(report, document))
        return Replay(recorded, replayed, heard, (*seen.notes, *heard.notes))

    async def _levels(self, report: Report, document: Inspection) -> tuple[str, ...]:
        """What the ladder would make of each finding now, were it new."""
        return tuple([await self._level(finding, report, document) for finding in report.findings])

    async def _level(self, finding: Finding, report: Report, document: Inspection) -> str:
        candidates = await self.options.candidates(finding, document)
        async with self.monitor.transaction() as tx:
            seen = Seen(finding, await self.options.options(tx, candidates))
        now = self.clock.now()
        case = Case(
            id="replayed",
            source=report.source,
            check=finding.check,
            object=finding.object,
            severity=finding.severity,
            summary=finding.summary,
            opened_at=now,
            changed_at=now,
            last_seen_at=now,
        )
        return ladder.open_case(case, seen, now)[0].stage.level


def _decides_alike(document: Inspection, seen: Rejudged, recording: Recording) -> bool:
    """As the recorded run, in which a model was asked."""
    then = recording.inspection
    is_same_rule = (document.agent.when, document.actions, document.policy) == (
        then.agent.when,
        then.actions,
        then.policy,
    )
    saw = [*map(result_of, recording.looked)], list(recording.findings)
    return is_same_rule and (seen.results, seen.findings) == saw


async def _opinion(heard: Heard, task: Task, seen: Rejudged) -> Opinion:
    if heard.answer:
        return await opinion_of(heard.answer, task, seen.results)
    failure = NoAnswer(heard.failure, heard.cost_usd, over_budget=heard.over_budget)
    failure.evidence, failure.transcript = heard.evidence, heard.transcript
    return await opinion_without(failure, task, seen.results)


def build_replays(
    world: ReplayWorld | None,
    monitor: Monitor,
    queries: Queries,
    options: Options,
    gate: EvidenceGate,
    ids: Ids,
    clock: Clock,
) -> RunReplays | None:
    return RunReplays(monitor, queries, world, options, gate, ids, clock) if world else None

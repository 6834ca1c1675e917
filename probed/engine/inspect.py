"""Runs an inspection: its checks beside the loop, the model where the document asks for it, one report at the end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from probed.core.case import Case
from probed.core.finding import Finding, Severity, measured_by
from probed.core.injection import CHECK, place_of
from probed.core.inspection import Inspection
from probed.core.observation import Place
from probed.core.pieces import NOTHING, Pieces, memory_of, pieces_of
from probed.core.report import Report, Verdict
from probed.core.run import Run, RunState, Trigger
from probed.engine.audit import audit
from probed.engine.carry_over import STORED_AT, Moment
from probed.engine.catalogue import Catalogue, Entry
from probed.engine.findings import is_of_model, united
from probed.engine.foresight import Foresight
from probed.engine.ids import Ids
from probed.engine.ingest import Ingest
from probed.engine.judging import Active, Judge
from probed.engine.ladder import Covers
from probed.engine.looking import CheckResult, look_at_all, placed
from probed.engine.newest import NewestLooks
from probed.engine.opinion import Opinion, Opinions, reason_of
from probed.engine.package_grace import PackageGrace
from probed.engine.recordings import Seen, keep_recording
from probed.engine.remember import Remembered
from probed.engine.reporting import report_of
from probed.engine.retire import REMOVED, Retirement
from probed.engine.spans import of_run, tell_end
from probed.errors import CannotPersist, CortexError
from probed.ports import Actions, Actor, Clock, Monitor, Queries, Tracer, Transaction, Workers

log = logging.getLogger("cortex.inspect")

MARGIN_S = 1.0
"""Kept back from a run's time-out for its report."""


@dataclass(frozen=True, slots=True)
class Inspector:
    monitor: Monitor
    queries: Queries
    ingest: Ingest
    catalogue: Catalogue
    judge: Judge
    foresight: Foresight
    retirement: Retirement
    workers: Workers
    opinions: Opinions
    actions: Actions
    ids: Ids
    clock: Clock
    tracer: Tracer
    uptime_s: Callable[[], float]
    package_grace: PackageGrace
    newest: NewestLooks
    remembered: Remembered
    boot_id: str
    """Of the host; empty: not known."""

    async def queue(
        self,
        inspection_id: str,
        trigger: Trigger,
        missed: int = 0,
        by: Actor | None = None,
        *,
        begins: bool = False,
    ) -> Run:
        """Store a run; pending, unless it `begins` at once. Raises NotFound."""
        inspection = self.catalogue.get(inspection_id).inspection
        run = Run(
            id=self.ids.new(),
            inspection=inspection.id,
            trigger=trigger,
            state=RunState.PENDING,
            created_at=self.clock.now(),
            document_hash=inspection.document_hash,
            reason=f"missed={missed}" if missed else "",
            by=by.name if by else "",
        )
        run = self._begun(run) if begins else run
        async with self.monitor.transaction() as tx:
            await self._save(tx, run)
            if by:
                await audit(tx, by, inspection_id, f"had {inspection_id} run", {"run": run.id})
        return run

    async def carry_out(self, run: Run) -> Run:
        """Bring a stored run to its end and return it; only cancellation leaves it, which `end_cancelled` records, and
        a monitor that takes nothing at all."""
        if self.retirement.is_due(run.inspection):
            return await self._end_without_report(run, RunState.CANCELLED, REMOVED)
        with self.tracer.span(f"run {run.inspection}", of_run(run)):
            ended = await self._carry_out(run, self.catalogue.get(run.inspection))
            tell_end(self.tracer, ended)
            return ended

    async def _carry_out(self, run: Run, entry: Entry) -> Run:
        try:
            if run.state is RunState.PENDING:
                run = await self._begin(run)
            return await self._inspect(run, entry)
        except Exception as error:  # noqa: BLE001 - recorded: it is this run's failure and no other's
            _log(error, f"run {run.id} of {run.inspection} failed")
            return await self._end_unanswered(run, entry.inspection, reason_of(error))

    async def end_cancelled(self, run: Run, by: Actor | None) -> None:
        """Unless its own end was faster. `by`: who wanted it; None: the daemon stops."""
        async with self.monitor.transaction() as tx:
            known = await tx.runs.get(run.id)
            if known.state.is_over:
                return
            reason = f"cancelled by {by.name}" if by else "the daemon is stopping"
            await self._save_end(tx, known, RunState.CANCELLED, reason)
            if by:
                await audit(tx, by, run.inspection, f"cancelled a run of {run.inspection}", {"run": run.id})

    async def glance(self, inspection_id: str, active: Active) -> Sequence[Finding]:
        """What its checks find now, without a record of it: problems only. Raises NotFound."""
        entry = self.catalogue.get(inspection_id)
        deadline_s = max(entry.inspection.timeout_s - MARGIN_S, 0.1)
        results = await self._look(entry, deadline_s)
        self.remembered.keep_whole(inspection_id, results)
        found = self.judged(entry.inspection, dict(enumerate(results)), active)
        return [finding for finding in found if finding.severity is not Severity.INFO]

    async def _look(self, entry: Entry, deadline_s: float) -> Sequence[CheckResult]:
        began = self.clock.monotonic()
        known = await self.memories_of(entry)
        results = await look_at_all(entry.checks, known, self.workers, deadline_s, self.tracer)
        return self.newest.settle_all(entry.inspection, results, began)

    async def memories_of(self, entry: Entry) -> Mapping[Place, Pieces]:
        """What its checks know of their last look."""
        await self._recall(entry.inspection.id)
        if any(check.remembers for check in entry.checks):
            return await self.queries.memories(entry.inspection.id)
        return {}

    async def _recall(self, source: str) -> None:
        """What was pending when the daemon ended. Where that cannot be read, waiting begins anew: looking goes on."""
        if not self.judge.is_new_to(source):
            return
        try:
            known = await self.queries.memories(source)
        except CortexError as error:
            log.warning("inspection %s: what was pending cannot be read: %s", source, error)
        else:
            self.judge.recall(source, memory_of(known.get(STORED_AT, NOTHING)), self._moment())

    def pending(self, source: str) -> dict[Place, Pieces]:
        """What is not yet a finding, to be stored with a report; nothing where that is stored already."""
        memory = self.judge.memory(source, self._moment(), self.clock.monotonic())
        return {} if memory is None else {STORED_AT: pieces_of(memory)}

    def _moment(self) -> Moment:
        return Moment(self.boot_id, self.clock.elapsed(), self.clock.now())

    async def _begin(self, run: Run) -> Run:
        begun = self._begun(run)
        async with self.monitor.transaction() as tx:
            await self._save(tx, begun)
        return begun

    def _begun(self, run: Run) -> Run:
        return replace(run, state=RunState.RUNNING, started_at=self.clock.now())

    async def _save(self, tx: Transaction, run: Run) -> None:
        await tx.runs.save(run)
        if run.state is RunState.RUNNING:
            await tx.stream.publish("run.started", run.id, {"inspection": run.inspection, "trigger": str(run.trigger)})

    async def _end_unanswered(self, run: Run, inspection: Inspection, reason: str) -> Run:
        """A run that failed has a report that says so: a second one in a row is told."""
        report = Report(
            id=self.ids.new(),
            run_id=run.id,
            source=inspection.id,
            verdict=Verdict.UNKNOWN,
            summary=reason,
            findings=(),
            created_at=self.clock.now(),
            unanswered=(reason,),
        )
        ended = self._ended(run, report, RunState.FAILED)
        try:
            await self.ingest.take_in(ended, report, inspection, lambda case: False)
        except Exception as error:  # noqa: BLE001 - recorded
            _log(error, f"the failure of run {run.id} of {run.inspection} could not be reported")
            return await self._end_without_report(run, RunState.FAILED, reason)
        return ended

    async def _end_without_report(self, run: Run, state: RunState, reason: str) -> Run:
        async with self.monitor.transaction() as tx:
            return await self._save_end(tx, run, state, reason)

    async def _save_end(self, tx: Transaction, run: Run, state: RunState, reason: str) -> Run:
        ended = replace(run, state=state, reason=reason, ended_at=self.clock.now())
        await tx.runs.save(ended)
        data = {"inspection": run.inspection, "state": str(state), "reason": reason}
        await tx.stream.publish("run.ended", run.id, data)
        return ended

    async def _inspect(self, run: Run, entry: Entry) -> Run:
        inspection = entry.inspection
        end = self.clock.monotonic() + inspection.timeout_s
        results = await self._look(entry, max(inspection.timeout_s - MARGIN_S, 0.1))
        findings = await self._findings(inspection, results)
        seen = Seen(results, findings)
        deadline_s = max(end - self.clock.monotonic() - MARGIN_S, 0.5)
        opinion = await self.opinions.form(run, inspection, results, findings, deadline_s)
        if results != (newest := self._newest(inspection, results)):  # an event came while the model was asked
            results, findings = newest, await self._findings(inspection, newest)
        if opinion.was_formed_anew:
            active, later = await self.active(inspection.id), Seen(results, findings)
            await keep_recording(self.monitor, run, inspection, seen, later, opinion, active)
        if self.retirement.is_due(inspection.id):
            return await self._end_without_report(run, RunState.CANCELLED, REMOVED)
        return await self._conclude(run, entry, results, findings, opinion)

    async def _conclude(
        self,
        run: Run,
        entry: Entry,
        results: Sequence[CheckResult],
        findings: Sequence[Finding],
        opinion: Opinion,
    ) -> Run:
        inspection = entry.inspection
        names = (self.ids.new(), run.id, inspection.id)
        report = report_of(names, results, findings, opinion, self.clock.now())
        ended = self._ended(_told(run, opinion), report, _run_state(report, results, opinion))
        self.remembered.keep_whole(inspection.id, results)
        samples = tuple((result.check, result.observations) for result in results if result.observations)
        looked = zip(placed(entry.checks), results, strict=True)
        memories = {place: result.memory for (place, _), result in looked if result.memory is not None}
        memories |= self.pending(inspection.id)
        await self.ingest.take_in(ended, report, inspection, _coverage(results, opinion), samples, memories)
        if self.retirement.is_due(inspection.id):  # it was removed in this very moment: after its cases were closed
            await self.retirement.retire(inspection.id)
        return ended

    async def _findings(self, inspection: Inspection, results: Sequence[CheckResult]) -> list[Finding]:
        active = await self.active(inspection.id)
        found = self.judged(inspection, dict(enumerate(results)), active)
        foreseen = [
            finding
            for result in results
            if result.covers
            for finding in await self.foresight.findings(result.check, result.observations, active, found)
        ]
        return [*found, *united(foreseen)]

    def _newest(self, inspection: Inspection, results: Sequence[CheckResult]) -> Sequence[CheckResult]:
        known = self.newest.of(inspection)
        return [known.get(place, result) for place, result in enumerate(results)]

    def judged(self, inspection: Inspection, results: Mapping[int, CheckResult], active: Active) -> list[Finding]:
        """`results`: by the check's place in the document."""
        now, uptime_s = self.clock.monotonic(), self.uptime_s()
        return united(
            finding
            for place, result in results.items()
            if result.covers
            for finding in self.judge.findings(
                inspection.id, result.check, result.observations, active, now, uptime_s, place, self.package_grace.holds
            )
        )

    async def active(self, source: str) -> Active:
        return await self.queries.open_of(source)

    def _ended(self, run: Run, report: Report, state: RunState) -> Run:
        reason = "; ".join(part for part in (run.reason, *report.unanswered) if part)
        return replace(
            run,
            state=state,
            reason=reason,
            ended_at=self.clock.now(),
            report_id=report.id,
            cost_usd=report.cost_usd,
        )


def _log(error: Exception, what: str) -> None:
    """A full disk is no mistake of the program, and would fill the log, too."""
    if isinstance(error, CannotPersist):
        log.error("%s: %s", what, error)
    else:
        log.error("%s", what, exc_info=error)


def _coverage(results: Sequence[CheckResult], opinion: Opinion) -> Covers:
    """Whose earlier findings count as gone when the report does not hold them: those of each check that covers them,
    and of those that the document no longer names. The model's own stay as long as it is wanted and does not answer;
    where it is not wanted, they go with a whole answer of the checks. An attempt to lead it belongs to the check, or to
    the model's probe, that brought the text up."""
    checks = {result.check for result in results}
    blind = {result.check for result in results if not result.covers}
    failed = any(result.failure for result in results)
    model_covers = opinion.is_known if opinion.is_wanted else not failed

    def covers(case: Case) -> bool:
        seen_by = place_of(case.object) if case.check == CHECK else measured_by(case.check)
        is_models = is_of_model(case.check) or (case.check == CHECK and seen_by not in checks)
        return model_covers if is_models else seen_by not in blind

    return covers


def _told(run: Run, opinion: Opinion) -> Run:
    passage = opinion.passage
    return replace(run, gate=passage.cause.value, gate_reason=passage.reason) if passage else run


def _run_state(report: Report, results: Sequence[CheckResult], opinion: Opinion) -> RunState:
    if opinion.failure and opinion.failure.over_budget:
        return RunState.BUDGET
    if any(result.timed_out for result in results):
        return RunState.TIMEOUT
    return RunState.OK if report.is_answer else RunState.UNKNOWN

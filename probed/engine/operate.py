"""The inbound port: what a person may do, whatever the face; every call leaves a line in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.core import alert as alerts
from probed.core.alert import Alert
from probed.core.autonomy import Rung, Standing, Terms
from probed.core.case import Gone
from probed.core.change import Change
from probed.core.channel import ChannelTest
from probed.core.decision import Decision
from probed.core.dry_run import DryRun
from probed.core.effect import QueuedEffect
from probed.core.external_alert import AlertDraft
from probed.core.intent import Intent, IntentDraft
from probed.core.job import Job, Ping
from probed.core.maintenance import Window, WindowDraft
from probed.core.modes import Modes
from probed.core.permission import Mode
from probed.core.redaction import mask
from probed.core.report import Report
from probed.core.run import Run, Trigger
from probed.core.silence import Silence, SilenceDraft
from probed.core.solved_case import SolvedCase
from probed.engine import cards
from probed.engine.alerts import AlertBook
from probed.engine.audit import audit
from probed.engine.changes import ChangeBook
from probed.engine.channels import ChannelBook
from probed.engine.decide import Decider
from probed.engine.dry_run import DryRuns
from probed.engine.ingest import Ingest
from probed.engine.jobs import JobBook
from probed.engine.ladder import Ladder
from probed.engine.marking import mark_alerts
from probed.engine.outbox import Outbox
from probed.engine.pulse import Pulse
from probed.engine.relations import Relations
from probed.engine.rulings import MODES, Rulings
from probed.engine.runs import RunBook
from probed.engine.silences import SilenceBook
from probed.engine.solved_cases import SolvedCaseBook
from probed.engine.standings import StandingBook
from probed.errors import Conflict
from probed.ports import Actor, Clock, Monitor, Queries, ReportDraft


class EngineOperator:
    """Implements `ports.Operator`. Ids may be unambiguous prefixes."""

    def __init__(
        self,
        monitor: Monitor,
        queries: Queries,
        ladder: Ladder,
        decider: Decider,
        ingest: Ingest,
        runs: RunBook,
        relations: Relations,
        outbox: Outbox,
        rulings: Rulings,
        standings: StandingBook,
        changes: ChangeBook,
        channels: ChannelBook,
        clock: Clock,
        pulse: Pulse,
        alerts: AlertBook,
        silences: SilenceBook,
        jobs: JobBook,
        solved: SolvedCaseBook,
        dry_runs: DryRuns,
    ) -> None:
        self._alerts, self._silences, self._jobs = alerts, silences, jobs
        self._solved, self._dry_runs = solved, dry_runs
        self._monitor, self._queries, self._ladder, self._decider = monitor, queries, ladder, decider
        self._channels, self._clock, self._pulse = channels, clock, pulse
        self._rulings, self._standings, self._changes = rulings, standings, changes
        self._ingest, self._runs, self._relations, self._outbox = ingest, runs, relations, outbox

    async def approve(
        self,
        decision_id: str,
        by: Actor,
        expected_hash: str | None = None,
        confirmation: str = "",
        revert_after_s: float | None = None,
    ) -> Decision:
        decision = await self._queries.decision(decision_id)
        try:
            return await self._decider.approve(decision.id, by, expected_hash, confirmation, revert_after_s)
        finally:
            self._pulse.beat()

    async def reject(self, decision_id: str, by: Actor, note: str = "") -> Decision:
        decision = await self._queries.decision(decision_id)
        rejected = await self._decider.reject(decision.id, by, note)
        self._pulse.beat()
        return rejected

    async def confirm_change(self, change_id: str, by: Actor) -> Change:
        found = await self._queries.change(change_id)
        async with self._monitor.transaction() as tx:
            return await self._changes.confirm(tx, found.id, by)

    async def roll_back_change(self, change_id: str, by: Actor) -> Change:
        found = await self._queries.change(change_id)
        refusal = await self._changes.refusal_of(found)
        async with self._monitor.transaction() as tx:
            change = await self._changes.roll_back_now(tx, found.id, by, refusal)
        self._pulse.beat()
        return change

    @property
    def terms(self) -> Terms:
        return self._outbox.rules.autonomy

    async def modes(self) -> Modes:
        return Modes.from_setting(await self._queries.setting(MODES), self._outbox.rules.mode)

    async def set_mode(self, mode: Mode | None, by: Actor, action: str = "") -> Modes:
        async with self._monitor.transaction() as tx:
            return await self._rulings.set_mode(tx, mode, by, action)

    async def pin(self, action: str, object_kind: str, rung: Rung | None, by: Actor) -> Standing:
        async with self._monitor.transaction() as tx:
            return await self._standings.pin(tx, action, object_kind, rung, by)

    async def dry_run(self, action: str, params: Mapping[str, object], by: Actor) -> DryRun:
        return await self._dry_runs.look(action, params, by)

    async def acknowledge(self, alert_id: str, by: Actor, for_s: float | None = None) -> Alert:
        found = await self._queries.alert(alert_id)
        async with self._monitor.transaction() as tx:
            alert = await tx.alerts.get(found.id)
            acknowledged = await self._relations.acknowledgements.acknowledge(tx, alert, by, for_s)
            await mark_alerts(tx, self._outbox, [acknowledged])
        self._pulse.beat()
        return acknowledged

    async def start_maintenance(self, draft: WindowDraft, by: Actor) -> Window:
        async with self._monitor.transaction() as tx:
            window = await self._relations.maintenance.start(tx, draft, by)
        self._pulse.beat()
        return window

    async def end_maintenance(self, window_id: str, by: Actor) -> Window:
        found = await self._queries.window(window_id)
        async with self._monitor.transaction() as tx:
            ended = await self._relations.maintenance.end(tx, found.id, by)
        self._pulse.beat()
        return ended

    def recurring_maintenance(self) -> Sequence[Window]:
        return self._relations.maintenance.recurring(self._clock.now())

    async def resolve(self, alert_id: str, by: Actor) -> Alert:
        found = await self._queries.alert(alert_id)
        async with self._monitor.transaction() as tx:
            alert = await tx.alerts.get(found.id)
            if alert.state is alerts.AlertState.RESOLVED:
                raise Conflict(f"alert {alert.id} is resolved already")
            if alert.is_external:
                await self._alerts.end(tx, alert)
            else:
                case = await tx.cases.get(alert.case_id)
                await self._ladder.apply(tx, case, Gone(f"closed by {by.name}"))
            await audit(tx, by, alert.id, f"resolved: {alert.summary}")
            resolved = await tx.alerts.get(alert.id)
        self._pulse.beat()
        return resolved

    async def take_alerts(self, drafts: Sequence[AlertDraft], by: Actor) -> Sequence[str]:
        async with self._monitor.transaction() as tx:
            problems, news = await self._alerts.take(tx, drafts)
            if news:  # who hands them in repeats them again and again
                taken = len(drafts) - len(problems)
                await audit(tx, by, "alerts", f"{taken} alerts handed in, {news} with news")
        self._pulse.beat()
        return problems

    async def silence(self, draft: SilenceDraft, by: Actor) -> Silence:
        return await self._silences.silence(draft, by)

    async def silence_alert(self, alert_id: str, by: Actor, for_s: float | None, comment: str = "") -> Silence:
        return await self._silences.silence_alert(alert_id, by, for_s, comment)

    async def expire_silence(self, silence_id: str, by: Actor) -> Silence:
        return await self._silences.expire(silence_id, by)

    async def run(self, inspection_id: str, by: Actor) -> Run:
        return await self._runs.begin(inspection_id, Trigger.OPERATOR, by=by)

    async def cancel_run(self, run_id: str, by: Actor) -> Run:
        return await self._runs.cancel(await self._queries.run(run_id), by)

    async def pause(self, inspection_id: str, by: Actor) -> None:
        await self._runs.pause(inspection_id, by)

    async def resume(self, inspection_id: str, by: Actor) -> None:
        await self._runs.resume(inspection_id, by)

    async def relearn(self, inspection_id: str, by: Actor, check: str = "") -> int:
        return await self._runs.relearn(inspection_id, by, check)

    async def remember(self, case_id: str, cause: str, advice: str, by: Actor) -> SolvedCase:
        found = await self._queries.case(case_id)
        async with self._monitor.transaction() as tx:
            return await self._solved.add(tx, await tx.cases.get(found.id), cause, advice, by)

    async def correct_memory(
        self,
        memory_id: str,
        by: Actor,
        cause: str | None = None,
        advice: str | None = None,
        *,
        without_action: bool = False,
    ) -> SolvedCase:
        found = await self._queries.solved_case(memory_id)
        async with self._monitor.transaction() as tx:
            return await self._solved.correct(
                tx, found.id, by, cause=cause, advice=advice, without_action=without_action
            )

    async def delete_memory(self, memory_id: str, by: Actor) -> SolvedCase:
        found = await self._queries.solved_case(memory_id)
        async with self._monitor.transaction() as tx:
            return await self._solved.delete(tx, found.id, by)

    async def hear(self, job: str, ping: Ping, by: Actor, exit_code: int | None = None) -> Job:
        return await self._jobs.hear(job, ping, by, exit_code)

    async def test_channel(self, name: str, by: Actor) -> ChannelTest:
        return await self._channels.test(name, by)

    async def resend(self, message_id: str, by: Actor, to: str = "") -> QueuedEffect:
        return await self._channels.resend(message_id, by, to)

    async def record(self, draft: IntentDraft, by: Actor) -> Intent:
        async with self._monitor.transaction() as tx:
            return await tx.ledger.append(draft.kind, by.name, draft.subject, mask(draft.text), by.traces)

    async def notify(self, text: str) -> None:
        async with self._monitor.transaction() as tx:
            await self._outbox.post(tx, "daemon", cards.notice_card(self._outbox.rules.host, text))
            await tx.stream.publish("daemon.notice", "daemon", {"text": text})
        self._pulse.beat()

    async def submit(self, draft: ReportDraft, by: Actor) -> Report:
        return await self._ingest.submit(draft, by)

"""Carries the ladder's decisions out in one transaction: the case's next state and all that it calls for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from probed.core import case as ladder
from probed.core.alert import case_labels
from probed.core.card import Card
from probed.core.case import ActionFinished, Case, Event, Seen
from probed.core.decision import Decision, DecisionState, expiry_of, move
from probed.core.effect import EffectKind, QueuedEffect
from probed.core.finding import ActionCall, Finding, Severity
from probed.core.inspection import Inspection
from probed.core.report import Report
from probed.engine import cards
from probed.engine.alerts import AlertBook
from probed.engine.catalogue import Catalogue
from probed.engine.ids import Ids
from probed.engine.options import Candidate, Options
from probed.engine.outbox import Outbox
from probed.engine.solved_cases import SolvedCaseBook
from probed.engine.spans import TRACE
from probed.ports import Clock, Tracer, Transaction

SEEN_GRAIN = timedelta(seconds=60)
"""An unchanged case is not written more often than this: only `last_seen_at` would differ."""

MOST_REHEARSALS = 20
"""That may wait at once."""
SOLVED_KEPT = timedelta(hours=1)

NO_ANSWER = "no_answer"
UNKNOWN_IN_A_ROW = 2

Candidates = Mapping[tuple[str, str], Sequence[Candidate]]
Covers = Callable[[Case], bool]


class Ladder:
    def __init__(
        self,
        options: Options,
        alerts: AlertBook,
        outbox: Outbox,
        catalogue: Catalogue,
        ids: Ids,
        clock: Clock,
        tracer: Tracer,
        solved: SolvedCaseBook,
    ) -> None:
        self._options, self._alerts, self._outbox, self._catalogue = options, alerts, outbox, catalogue
        self._ids, self._clock, self._tracer = ids, clock, tracer
        self._book = solved
        self._solved: dict[tuple[str, str, str], datetime] = {}
        """When actions solved what: a run that began to look before that has seen the past."""

    async def take_in(
        self,
        tx: Transaction,
        report: Report,
        document: Inspection | None,
        candidates: Candidates,
        covers: Covers,
        looked_at: datetime,
    ) -> bool:
        """Bring the cases of the report's source in line with its findings; whether that changed anything but when they
        were seen.

        `covers(case)`: whether the report speaks for it, so that a finding that it no longer holds has gone.
        `looked_at`: when the report's source began to look; what an action has solved since is no longer true.
        """
        findings = [*report.findings, *await self._no_answer(tx, report)]
        known = {case.identity: case for case in await tx.cases.open_of(report.source)}
        quiet: list[Case] = []
        is_news = False
        for finding in findings:
            case = known.pop(finding.identity, None)
            event = Seen(finding, await self._options.options(tx, candidates.get(finding.identity, ())))
            if case is None:
                if self._was_solved_since(looked_at, report.source, finding):
                    continue
                await self._open(tx, report.source, finding, event, document)
                is_news = True
            elif (seen := self._only_seen(case, finding, event)) is not None:
                quiet += [seen] if seen is not case else []
            else:
                is_news |= await self.apply(tx, case, event) is not case
        if quiet:
            await tx.cases.save_all(quiet)
        for case in known.values():
            if _has_gone(case, report, covers):
                is_news |= await self.apply(tx, case, ladder.Gone()) is not case
        return is_news

    async def apply(self, tx: Transaction, case: Case, event: Event) -> Case:
        after, effects = ladder.step(case, event, self._clock.now())
        if after == case:
            return case
        if isinstance(event, ActionFinished) and after.resolved_at:
            self._remember_solved(after, after.resolved_at)
        return await self._store(tx, after, effects, moved=after.stage is not case.stage)

    def _remember_solved(self, case: Case, now: datetime) -> None:
        recent = now - SOLVED_KEPT
        self._solved = {key: at for key, at in self._solved.items() if at > recent}
        self._solved[(case.source, *case.identity)] = now

    def _was_solved_since(self, looked_at: datetime, source: str, finding: Finding) -> bool:
        """What was solved at a time that is still to come, was so by a clock that was set back since."""
        solved_at = self._solved.get((source, *finding.identity))
        return solved_at is not None and looked_at < solved_at <= self._clock.now()

    async def _open(
        self, tx: Transaction, source: str, finding: Finding, event: Seen, document: Inspection | None
    ) -> Case:
        now = self._clock.now()
        case = self._new_case(source, finding, document, now)
        await self._book.meet(tx, finding)
        after, effects = ladder.open_case(case, event, now)
        return await self._store(tx, after, effects, moved=True)

    def _new_case(self, source: str, finding: Finding, document: Inspection | None, now: datetime) -> Case:
        return Case(
            id=self._ids.new(),
            source=source,
            check=finding.check,
            object=finding.object,
            severity=finding.severity,
            summary=finding.summary,
            evidence=finding.evidence,
            labels=document.labels if document else {},
            runbook=document.runbook if document else "",
            opened_at=now,
            changed_at=now,
            last_seen_at=now,
            expires_at=ladder.expiry(finding, now),
        )

    def _only_seen(self, case: Case, finding: Finding, event: Seen) -> Case | None:
        """The case to store for a finding that changes nothing but the time; the case itself if not even that is worth
        a write; None if it is more than that."""
        after, effects = ladder.step(case, event, self._clock.now())
        if effects or after.stage is not case.stage:
            return None
        same = (
            replace(after, last_seen_at=case.last_seen_at, evidence=case.evidence, expires_at=case.expires_at) == case
        )
        fresh = after.last_seen_at - case.last_seen_at < SEEN_GRAIN and after.expires_at == case.expires_at
        return case if same and fresh else after

    async def _no_answer(self, tx: Transaction, report: Report) -> Sequence[Finding]:
        if report.is_answer or report.is_partial or report.is_told:
            return ()
        if await tx.reports.streak_of_unknown(report.source) < UNKNOWN_IN_A_ROW:
            return ()
        reason = "; ".join(report.unanswered) or report.summary
        summary = f"inspection {report.source} gives no answer: {reason}"
        return (Finding(NO_ANSWER, report.source, Severity.WARNING, summary),)

    async def _store(self, tx: Transaction, case: Case, effects: Sequence[ladder.Effect], *, moved: bool) -> Case:
        saved = await tx.cases.save(case)
        for effect in effects:
            await self._carry_out(tx, saved, effect)
        if moved:
            data = {"stage": str(saved.stage), "severity": str(saved.severity), "summary": saved.summary}
            await tx.stream.publish("case.changed", saved.id, data)
        return saved

    async def _carry_out(self, tx: Transaction, case: Case, effect: ladder.Effect) -> None:
        match effect:
            case ladder.Execute():
                await self._queue_action(tx, case, effect)
            case ladder.Ask():
                await self._propose(tx, case, effect)
            case ladder.Rehearse():
                await self._rehearse(tx, case, effect.call)
            case ladder.Urge():
                await self._urge(tx, case)
            case ladder.Withdraw():
                await self._withdraw(tx, case, effect.reason)
            case ladder.RaiseAlert():
                await self._alerts.raise_for(tx, case)
            case ladder.EndAlert():
                await self._alerts.end_for(tx, case)
            case ladder.Tell():
                await self._tell(tx, case, effect.text)
            case ladder.Digest():
                await tx.digests.add(effect.text)

    async def _tell(self, tx: Transaction, case: Case, text: str) -> None:
        """Whoever would have heard of its alert."""
        rules = self._outbox.rules
        card = cards.notice_card(rules.host, text, "info")  # good news, whatever it was about
        await self._outbox.post(tx, case.id, card, rules.all_recipients_for(case_labels(case, rules.host)))

    async def _queue_action(self, tx: Transaction, case: Case, effect: ladder.Execute) -> None:
        payload = {**_payload(effect.call), "level": effect.level, "decision_id": effect.decision_id}
        await self._queue(tx, EffectKind.EXECUTE, case, payload)
        text = f"{effect.level}: run {effect.call.key} for {case.summary}"
        await tx.ledger.append("decision", "cortex", case.id, text, payload)

    async def _rehearse(self, tx: Transaction, case: Case, call: ActionCall) -> None:
        """In a storm the host has other things to do."""
        waiting = await tx.effects.due(EffectKind.REHEARSE, self._clock.now(), MOST_REHEARSALS)
        if len(waiting) < MOST_REHEARSALS:
            await self._queue(tx, EffectKind.REHEARSE, case, _payload(call))

    async def _propose(self, tx: Transaction, case: Case, question: ladder.Ask) -> None:
        now = self._clock.now()
        decision = Decision(
            id=self._ids.new(),
            case_id=case.id,
            call=question.call,
            host=self._outbox.rules.host,
            severity=case.severity,
            summary=case.summary,
            reason=question.reason,
            approval=question.approval,
            created_at=now,
            expires_at=now + expiry_of(case.severity),
            trace=self._tracer.here(),
        )
        await tx.decisions.save(decision)
        await self._queue(tx, EffectKind.PREPARE, case, {**_payload(question.call), "decision_id": decision.id})

    async def _queue(self, tx: Transaction, kind: EffectKind, case: Case, payload: Mapping[str, object]) -> None:
        now, trace = self._clock.now(), self._tracer.here()
        effect = QueuedEffect(
            id=self._ids.new(),
            kind=kind,
            subject=case.id,
            recipient="",
            payload={**payload, TRACE: trace} if trace else payload,
            created_at=now,
            due_at=now,
        )
        await tx.effects.save(effect)

    def question(self, decision: Decision, case: Case) -> Card:
        return cards.decision_card(decision, case, self._catalogue.tuning(case))

    async def _urge(self, tx: Transaction, case: Case) -> None:
        """A question about what has become worse is asked once more, and does not wait as long."""
        decision = await tx.decisions.open_of(case.id)
        if decision is None or decision.state is not DecisionState.WAITING:  # it will see the case as it is
            return
        expires_at = min(decision.expires_at, self._clock.now() + expiry_of(case.severity))
        urgent = replace(decision, severity=case.severity, summary=case.summary, expires_at=expires_at)
        saved = await tx.decisions.save(urgent)
        if await tx.settings.get("first_sweep_done"):  # else it is on the first sweep's one card
            await self._outbox.post(tx, saved.id, self.question(saved, case))
        await tx.stream.publish(
            "decision.changed", saved.id, {"state": str(saved.state), "severity": str(case.severity)}
        )

    async def _withdraw(self, tx: Transaction, case: Case, reason: str) -> None:
        decision = await tx.decisions.open_of(case.id)
        moved = move(decision, DecisionState.WITHDRAWN, self._clock.now(), note=reason) if decision else None
        if moved is None:
            return
        saved = await tx.decisions.save(moved)
        await self._outbox.post(tx, saved.id, cards.outcome_card(saved, reason))
        await tx.stream.publish("decision.changed", saved.id, {"state": str(saved.state)})


def call_of(payload: Mapping[str, object]) -> ActionCall:
    params = payload["params"]
    return ActionCall(str(payload["action"]), params if isinstance(params, Mapping) else {})


def _payload(call: ActionCall) -> dict[str, object]:
    return {"action": call.action, "params": dict(call.params)}


def _has_gone(case: Case, report: Report, covers: Covers) -> bool:
    if case.check == NO_ANSWER:
        return report.is_answer and not report.is_partial
    return case.expires_at is None and covers(case)

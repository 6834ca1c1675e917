"""A question before it is asked: proposed, analysed by looking at the host, then told to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from probed.core.advice import Advice, Recommendation, may_approve
from probed.core.analysis import Analysis
from probed.core.case import Case, Stage
from probed.core.decision import Decision, DecisionState, decision_hash, expiry_of
from probed.core.effect import EffectState, QueuedEffect
from probed.core.finding import ActionCall
from probed.core.permission import Approval
from probed.core.precedent import MOST_PRECEDENTS, precedent_line
from probed.engine.advise import Adviser
from probed.engine.decide import MODEL, Decider
from probed.engine.examine import Examination, examine
from probed.engine.ladder import call_of
from probed.engine.options import Candidate
from probed.engine.outbox import Outbox
from probed.engine.rulings import Rulings
from probed.engine.spans import trace_of
from probed.engine.standings import StandingBook
from probed.ports import Action, Actions, Actor, Clock, Monitor, Tracer, Transaction, Workers

MOST_WAITING = 50
"""Questions that may wait for a person at once; the rest goes to L3."""
BEING_PREPARED = (DecisionState.PROPOSED, DecisionState.ANALYSED)


class Preparer:
    def __init__(
        self,
        monitor: Monitor,
        decider: Decider,
        outbox: Outbox,
        actions: Actions,
        workers: Workers,
        standings: StandingBook,
        rulings: Rulings,
        adviser: Adviser,
        clock: Clock,
        tracer: Tracer,
    ) -> None:
        self._monitor, self._decider, self._outbox = monitor, decider, outbox
        self._actions, self._workers, self._standings, self._clock = actions, workers, standings, clock
        self._rulings, self._adviser, self._tracer = rulings, adviser, tracer

    async def prepare(self, effect: QueuedEffect) -> None:
        """Look at the host for the question that a case wants to ask, then ask it."""
        call = call_of(effect.payload)
        facts = {"cortex.action.name": call.action, "cortex.decision.id": str(effect.payload["decision_id"])}
        with self._tracer.span(f"question {call.action}", facts, parent=trace_of(effect)):
            await self._prepared(effect, await examine(self._actions, self._workers, call))

    async def give_up(self, effect: QueuedEffect) -> None:
        """End a preparation that fails again and again, so that its case goes on."""
        await self._prepared(effect, Examination("failed unexpectedly, see the log", is_broken=True))

    async def _prepared(self, effect: QueuedEffect, seen: Examination) -> None:
        candidates = await self._decider.candidates(effect.subject)
        async with self._monitor.transaction() as tx:
            analysed = await self._analyse(tx, effect, seen, candidates)
        if analysed:
            case, decision = analysed
            advised = await self._adviser.advised(decision, case)
            async with self._monitor.transaction() as tx:
                await self._decide(tx, effect, advised.analysis, candidates)

    async def _analyse(
        self, tx: Transaction, effect: QueuedEffect, seen: Examination, candidates: Sequence[Candidate]
    ) -> tuple[Case, Decision] | None:
        """What the look has shown is kept with the question; None where none is asked."""
        call = call_of(effect.payload)
        if seen.is_broken or not seen.obstacle:
            await self._standings.rehearsed(tx, call, worked=not seen.is_broken)
        case, decision = await self._open(tx, effect)
        if decision is None:
            await self._end(tx, effect)
            return None
        obstacle = f"cannot be done: {seen.obstacle}" if seen.obstacle else await self._crowd(tx, call)
        if obstacle:
            await self._end(tx, effect)
            await self._decider.close(tx, decision, DecisionState.WITHDRAWN, None, obstacle, candidates)
            return None
        known = await self._known(tx, decision, case, seen)
        if decision.state is DecisionState.ANALYSED:  # the daemon ended meanwhile; this look is the newer one
            return case, await tx.decisions.save(known)
        return case, await self._decider.move(tx, known, DecisionState.ANALYSED)

    async def _known(self, tx: Transaction, decision: Decision, case: Case, seen: Examination) -> Decision:
        action = self._actions.get(decision.call.action)
        known = replace(
            decision,
            severity=case.severity,
            summary=case.summary,
            object=action.object_of(decision.call.params),
            object_kind=action.object_kind,
            snapshot=seen.snapshot,
            dry_run=seen.dry_run,
        )
        analysis = await self._analysis(tx, action, known, case, seen.stays)
        return replace(known, analysis=analysis, hash=decision_hash(known))

    async def _analysis(self, tx: Transaction, action: Action, decision: Decision, case: Case, stays: str) -> Analysis:
        similar = await tx.decisions.similar(decision, case.check, MOST_PRECEDENTS)
        standing = await tx.standings.get(action.name, action.object_kind)
        return Analysis(
            risk=action.risk,
            blast_radius=action.blast_radius,
            inverse=_inverse(action, stays),
            succeeded=standing.succeeded,
            failed=standing.failed,
            takes_s=action.deadline_s,
            precedents=tuple(precedent_line(each) for each in similar),
        )

    async def _decide(
        self, tx: Transaction, effect: QueuedEffect, analysis: Analysis, candidates: Sequence[Candidate]
    ) -> None:
        """The rules have spoken; now the model's advice may reject, or approve what is left to it. Else a person is
        asked."""
        await self._end(tx, effect)
        case, decision = await self._open(tx, effect)
        if decision is None:
            return
        decision = replace(decision, analysis=analysis)
        if crowd := await self._crowd(tx, decision.call):
            await self._decider.close(tx, decision, DecisionState.WITHDRAWN, None, crowd, candidates)
        elif analysis.advice and analysis.advice.recommendation is Recommendation.REJECT:
            reason = f"rejected by the model: {'; '.join(analysis.advice.reasons)}"
            await self._decider.close(tx, decision, DecisionState.REJECTED, Actor(MODEL), reason, candidates)
        elif analysis.advice and await self._is_left_to(tx, analysis.advice, decision, candidates):
            await self._decider.approve_for_model(tx, decision, case)
        else:
            await self._ask(tx, decision, case)

    async def _is_left_to(
        self, tx: Transaction, advice: Advice, decision: Decision, candidates: Sequence[Candidate]
    ) -> bool:
        """Never what was proposed instead of checked: the model would approve its own proposal."""
        checked = [each for each in candidates if each.call == decision.call and not each.is_proposed]
        if not checked:
            return False
        is_left = await self._rulings.leaves_it_to_the_model(tx, decision.call, checked[0].labels)
        needs_one = decision.approval is Approval.ONE
        risk = self._actions.get(decision.call.action).risk
        return may_approve(advice, is_listed=is_left, needs_one=needs_one, risk=risk)

    async def _ask(self, tx: Transaction, decision: Decision, case: Case) -> None:
        timed = replace(decision, expires_at=self._clock.now() + expiry_of(case.severity))
        asked = await self._decider.move(tx, timed, DecisionState.WAITING)
        if await tx.settings.get("first_sweep_done"):  # else it is on the first sweep's one card
            await self._outbox.post(tx, asked.id, self._decider.question(asked, case))
        await tx.ledger.append("decision", "cortex", asked.id, f"asked: {asked.call.key} for {case.summary}")

    async def _open(self, tx: Transaction, effect: QueuedEffect) -> tuple[Case, Decision | None]:
        """The decision, as long as its case still wants to ask it."""
        case = await tx.cases.get(effect.subject)
        decision = await tx.decisions.get(str(effect.payload["decision_id"]))
        is_wanted = case.stage is Stage.ASKING and decision.state in BEING_PREPARED
        return case, decision if is_wanted else None

    async def _crowd(self, tx: Transaction, call: ActionCall) -> str:
        """Why no further question is asked: a person who is asked too much answers nothing. Empty: it may be asked."""
        waiting = await tx.decisions.waiting()
        same = [decision.id for decision in waiting if decision.call == call]
        if same:
            return f"is asked already, in decision {same[0]}"
        return f"{len(waiting)} questions wait already" if len(waiting) >= MOST_WAITING else ""

    async def _end(self, tx: Transaction, effect: QueuedEffect) -> None:
        await tx.effects.save(replace(effect, state=EffectState.DONE, ended_at=self._clock.now()))


def _inverse(action: Action, stays: str) -> str:
    if not action.reversible:
        return "irreversible"
    return f"this host cannot put back what it changed: {stays}" if stays else "what it changed can be rolled back"

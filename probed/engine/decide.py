"""L2: a question to a person, its answer, and its end by time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from probed.core.card import Card, Manner
from probed.core.case import Approved, Case, Declined, Stage
from probed.core.consent import Consent, consented, objection
from probed.core.decision import Decision, DecisionState, move
from probed.core.finding import ActionCall
from probed.core.permission import Permission, Ruling
from probed.core.phrases import Phrase, phrase
from probed.engine import cards
from probed.engine.audit import audit
from probed.engine.catalogue import Catalogue
from probed.engine.examine import refusal_of_roll_back
from probed.engine.ladder import Ladder
from probed.engine.marking import mark_approved
from probed.engine.options import Candidate, Options
from probed.engine.outbox import Outbox
from probed.engine.rules import Rules
from probed.errors import Conflict, Refused
from probed.ports import Actions, Actor, Clock, Monitor, Transaction, Workers

log = logging.getLogger("cortex.decide")

MODEL = "model"
"""Who decided, where the model's advice did."""
ALTERED = phrase("the stored decision is not the one that was asked; nothing was run")


class Decider:
    def __init__(
        self,
        monitor: Monitor,
        ladder: Ladder,
        options: Options,
        outbox: Outbox,
        actions: Actions,
        workers: Workers,
        catalogue: Catalogue,
        clock: Clock,
        rules: Rules,
    ) -> None:
        self._monitor, self._ladder, self._options, self._outbox = monitor, ladder, options, outbox
        self._actions, self._workers, self._catalogue, self._clock = actions, workers, catalogue, clock
        self.rules = rules

    async def approve(
        self,
        decision_id: str,
        by: Actor,
        expected_hash: str | None,
        confirmation: str = "",
        revert_after_s: float | None = None,
    ) -> Decision:
        """Raises NotFound, Conflict (decided already, expired, another hash than the one seen) or Refused (altered, not
        allowed, not said as its approval class wants it)."""
        consent = Consent(by.name, self.rules.people.behind(by.account), confirmation)
        candidates = await self._candidates_of(decision_id)
        stays = await self._stays(decision_id, revert_after_s)
        async with self._monitor.transaction() as tx:
            decision = self._armed(await self._open(tx, decision_id), revert_after_s, stays)
            if expected_hash and not decision.hash.startswith(expected_hash):
                raise Conflict(phrase("decision {id} is bound to another hash than the one you saw", id=decision.id))
            case = await tx.cases.get(decision.case_id)
            if not decision.is_intact:
                problem = ALTERED
                await self._void(tx, decision, by)
            elif forbidden := _forbidden(case, ruling := await self._ruling(tx, decision, case)):
                problem = phrase("{action} is not allowed: {reason}", action=decision.call.key, reason=forbidden)
                await self.close(tx, decision, DecisionState.WITHDRAWN, None, problem, candidates)
            else:
                return await self._approve(tx, _as_strict(decision, ruling), case, consent, by)
        raise Refused(problem)

    async def approve_for_model(self, tx: Transaction, decision: Decision, case: Case) -> None:
        """What the policy leaves to the model's advice."""
        approved = await self.move(tx, decision, DecisionState.APPROVED, MODEL)
        await self._ladder.apply(tx, case, Approved(decision.call, decision.id, MODEL))
        detail = {
            "hash": decision.hash,
            "reasons": list(decision.analysis.advice.reasons if decision.analysis.advice else ()),
        }
        await tx.ledger.append("decision", MODEL, approved.id, f"approved {decision.call.key}", detail)

    async def reject(self, decision_id: str, by: Actor, note: str) -> Decision:
        candidates = await self._candidates_of(decision_id)
        async with self._monitor.transaction() as tx:
            decision = await self._open(tx, decision_id)
            reason = f"rejected by {by.name}" + (f": {note}" if note else "")
            return await self.close(tx, decision, DecisionState.REJECTED, by, reason, candidates)

    async def expire_due(self) -> None:
        async with self._monitor.transaction() as tx:
            due = await tx.decisions.due(self._clock.now())
        for decision in due:
            candidates = await self.candidates(decision.case_id)
            async with self._monitor.transaction() as tx:
                current = await tx.decisions.get(decision.id)
                if current.state is DecisionState.WAITING:
                    reason = "nobody decided in time"
                    await self.close(tx, current, DecisionState.EXPIRED, None, reason, candidates)

    async def _stays(self, decision_id: str, revert_after_s: float | None) -> str:
        """Why the host would not let be put back what is to be, by this word or the configuration's. Looks at the host,
        so never inside a transaction."""
        async with self._monitor.transaction() as tx:
            decision = await tx.decisions.get(decision_id)
        if self.rules.reverts_after_s(decision.call.action, revert_after_s) is None:
            return ""
        return await refusal_of_roll_back(self._actions, self._workers, decision.call, decision.snapshot)

    def _armed(self, decision: Decision, revert_after_s: float | None, stays: str) -> Decision:
        """Raises Refused where it cannot be rolled back."""
        name = decision.call.action
        if stays:
            raise Refused(f"{name} could not be rolled back later: {stays}")
        if revert_after_s is None:
            return decision
        if not self._actions.get(name).reversible:
            raise Refused(f"{name} is irreversible: it cannot be rolled back later")
        return replace(decision, revert_after_s=revert_after_s)

    def question(self, decision: Decision, case: Case) -> Card:
        return self._ladder.question(decision, case)

    async def _ruling(self, tx: Transaction, decision: Decision, case: Case) -> Ruling:
        return await self._options.ruling_now(tx, decision.call, case, self._catalogue.document(case.source))

    async def _approve(self, tx: Transaction, decision: Decision, case: Case, consent: Consent, by: Actor) -> Decision:
        if fault := objection(decision, consent):
            raise Refused(fault)
        agreed = consented(decision, consent, self._clock.now())
        if agreed is None:
            raise Conflict(_decided(decision))
        saved = await self._save(tx, agreed)
        detail: dict[str, object] = {"hash": decision.hash}
        if saved.state is DecisionState.WAITING:
            detail |= {"person": consent.person, "of": 2}
            card = replace(self._ladder.question(saved, case), manner=Manner.UPDATE)
            await self._outbox.post(tx, saved.id, card)
        else:
            await self._ladder.apply(tx, case, Approved(decision.call, decision.id, saved.decided_by))
            await mark_approved(tx, self._outbox, saved)
        await audit(tx, by, decision.id, f"approved {decision.call.key}", detail)
        return saved

    async def _void(self, tx: Transaction, decision: Decision, by: Actor) -> None:
        """Close a decision whose stored content no longer has its hash; nothing else is tried, a person is told."""
        log.error("decision %s: %s", decision.id, ALTERED)
        text = f"{by.name} approved, but {ALTERED}"
        await tx.ledger.append("blocker", "cortex", decision.id, text, {"hash": decision.hash})
        await self.close(tx, decision, DecisionState.WITHDRAWN, None, ALTERED, ())

    async def close(
        self,
        tx: Transaction,
        decision: Decision,
        state: DecisionState,
        by: Actor | None,
        reason: str,
        candidates: Sequence[Candidate],
    ) -> Decision:
        """`by`: None where nobody asked for it."""
        closed = await self.move(tx, decision, state, by.name if by else "", reason)
        case = await tx.cases.get(decision.case_id)
        await self._decline(tx, case, decision.call, reason, candidates)
        await self._outbox.post(tx, closed.id, cards.outcome_card(closed, reason))
        if by:
            await audit(tx, by, decision.id, f"{state}: {reason}")
        else:
            await tx.ledger.append("decision", "cortex", decision.id, f"{state}: {reason}")
        return closed

    async def move(
        self, tx: Transaction, decision: Decision, state: DecisionState, by: str = "", note: str = ""
    ) -> Decision:
        moved = move(decision, state, self._clock.now(), by, note)
        if moved is None:
            raise Conflict(_decided(decision))
        return await self._save(tx, moved)

    async def _save(self, tx: Transaction, decision: Decision) -> Decision:
        saved = await tx.decisions.save(decision)
        await _publish(tx, saved)
        return saved

    async def _decline(
        self, tx: Transaction, case: Case, call: ActionCall, reason: str, candidates: Sequence[Candidate]
    ) -> None:
        options = await self._options.options(tx, candidates)
        await self._ladder.apply(tx, case, Declined(call, reason, options))

    async def _candidates_of(self, decision_id: str) -> list[Candidate]:
        async with self._monitor.transaction() as tx:
            decision = await tx.decisions.get(decision_id)
        return await self.candidates(decision.case_id)

    async def candidates(self, case_id: str) -> list[Candidate]:
        """What else fits the case; looks at the host, so never inside a transaction."""
        async with self._monitor.transaction() as tx:
            case = await tx.cases.get(case_id)
        return await self._options.candidates_of_case(case, self._catalogue.document(case.source))

    async def _open(self, tx: Transaction, decision_id: str) -> Decision:
        decision = await tx.decisions.get(decision_id)
        if decision.state is not DecisionState.WAITING:
            raise Conflict(_decided(decision))
        if decision.expires_at <= self._clock.now():
            time = f"{decision.expires_at:%H:%M}"
            raise Conflict(phrase("decision {id} expired at {time} UTC", id=decision.id, time=time))
        return decision


async def _publish(tx: Transaction, decision: Decision) -> None:
    data = {"state": str(decision.state), "action": decision.call.key, "summary": decision.summary}
    await tx.stream.publish("decision.changed", decision.id, data)


def _forbidden(case: Case, ruling: Ruling) -> str:
    """Why it may not be approved any more; empty if it may."""
    if case.stage is not Stage.ASKING:
        return "its case no longer asks"
    return ruling.reason if ruling.permission is Permission.NEVER else ""


def _as_strict(decision: Decision, ruling: Ruling) -> Decision:
    """The policy may ask for more by now than when the question was asked; never for less."""
    return replace(decision, approval=decision.approval.along_with(ruling.approval))


def _decided(decision: Decision) -> Phrase:
    if not decision.decided_by:
        return phrase("decision {id} is {state} already", id=decision.id, state=decision.state)
    return phrase(
        "decision {id} is {state} already; {who} decided it",
        id=decision.id,
        state=decision.state,
        who=decision.decided_by,
    )

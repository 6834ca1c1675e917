"""The book of changes: what each executed action leaves, and the timer that rolls it back unless somebody confirms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from probed.core.case import Case, Outcome
from probed.core.change import Change, class_of
from probed.core.effect import EffectKind, EffectState, QueuedEffect
from probed.engine import cards
from probed.engine.audit import audit
from probed.engine.examine import refusal_of_roll_back
from probed.engine.ids import Ids
from probed.engine.order import Order, Result
from probed.engine.outbox import Outbox
from probed.engine.rules import Rules
from probed.engine.standings import StandingBook
from probed.errors import Conflict, NotFound, Refused
from probed.ports import Action, Actions, Actor, Clock, Transaction, Workers

UNCONFIRMED = "nobody confirmed it in time"
"""Why the timer puts it back; any other reason waits for no confirmation."""


class ChangeBook:
    def __init__(
        self,
        actions: Actions,
        workers: Workers,
        outbox: Outbox,
        standings: StandingBook,
        ids: Ids,
        clock: Clock,
        rules: Rules,
    ) -> None:
        self._actions, self._workers, self._outbox, self._standings = actions, workers, outbox, standings
        self._ids, self._clock, self._rules = ids, clock, rules

    async def stays(self, order: Order, before: Mapping[str, object]) -> str:
        """Why what is to be rolled back by its timer could not be. Looks at the host, so never inside a transaction."""
        if self._revert_after_s(order) is None:
            return ""
        return await refusal_of_roll_back(self._actions, self._workers, order.call, before)

    async def refusal_of(self, change: Change) -> str:
        """Why the host would not let the change be put back. Looks at the host."""
        return await refusal_of_roll_back(self._actions, self._workers, change.call, change.snapshot)

    async def arm(self, tx: Transaction, order: Order, action: Action, before: Mapping[str, object]) -> None:
        """Before anything is executed: whatever becomes of the daemon then, the timer is there."""
        after_s = self._revert_after_s(order)
        if after_s is None or not action.reversible:
            return
        due_at = self._clock.now() + timedelta(seconds=after_s)
        await self._queue(tx, _reverting(order, before), due_at, UNCONFIRMED)

    async def record(self, tx: Transaction, order: Order, result: Result, case: Case, now: datetime) -> None:
        """In the transaction that ends the order."""
        timer = await tx.effects.roll_back_of(order.change_id) if order.change_id else None
        if timer and result.outcome is not Outcome.VERIFIED:
            await tx.effects.save(_ended(timer, now, str(result.outcome)))
            timer = None
        if not result.leaves_change or not order.has_begun:
            return
        change = self._change(order, result, case, now)
        if timer:
            change = replace(change, revert_at=await self._wind(tx, timer, order, now))
            await self._outbox.post(tx, change.id, cards.armed_card(self._rules.host, change))
        await tx.changes.save(change)
        await self._standings.executed(tx, order.call, verified=result.outcome is Outcome.VERIFIED)
        data = {"action": order.call.key, "outcome": str(result.outcome), "detail": result.detail}
        await tx.stream.publish("change.recorded", change.id, data)

    async def _wind(self, tx: Transaction, timer: QueuedEffect, order: Order, now: datetime) -> datetime:
        """Whoever may confirm it has the whole time from when they are told. After a crash it goes on as it was."""
        after_s = self._revert_after_s(order)
        if after_s is None or order.is_in_doubt:
            return timer.due_at
        due_at = now + timedelta(seconds=after_s)
        await tx.effects.save(replace(timer, due_at=due_at))
        return due_at

    async def roll_back_later(self, tx: Transaction, order: Order, reason: str) -> None:
        """What should be put back and could not be: it is tried again."""
        if order.before is not None and self._is_reversible(order.call.action):
            await self._queue(tx, _reverting(order, order.before), self._clock.now(), reason)

    def _is_reversible(self, action: str) -> bool:
        try:
            return self._actions.get(action).reversible
        except NotFound:  # it is gone since
            return False

    async def confirm(self, tx: Transaction, change_id: str, by: Actor) -> Change:
        """It stays. Raises NotFound, and Conflict where no timer runs, or where it is being rolled back already."""
        change = await tx.changes.get(change_id)
        timer = await tx.effects.roll_back_of(change_id)
        if timer is None:
            raise Conflict(f"change {change_id} waits for no confirmation")
        has_begun = timer.attempts or timer.state is EffectState.STARTED
        if has_begun or timer.payload["reason"] != UNCONFIRMED:
            raise Conflict(f"change {change_id} is being rolled back: {timer.payload['reason']}")
        await tx.effects.save(_ended(timer, self._clock.now(), f"confirmed by {by.name}"))
        confirmed = replace(change, confirmed_by=by.name)
        await tx.changes.save(confirmed)
        await audit(tx, by, change_id, f"confirmed {change.call.key}")
        await tx.stream.publish("change.confirmed", change_id, {"action": change.call.key, "by": by.name})
        return confirmed

    async def roll_back_now(self, tx: Transaction, change_id: str, by: Actor, refusal: str) -> Change:
        """`refusal`: of this host, see `refusal_of`. Raises NotFound, Conflict (it is back already, or something newer
        stands on it) and Refused."""
        change = await tx.changes.get(change_id)
        self._refuse_irreversible(change)
        if refusal:
            raise Refused(f"{change.call.key} cannot be put back: {refusal}")
        await self._refuse_covered(tx, change)
        now, reason = self._clock.now(), f"{by.name} wanted it back"
        timer = await tx.effects.roll_back_of(change_id)
        if timer and timer.state is EffectState.STARTED:
            raise Conflict(f"change {change_id} is being rolled back")
        if timer:
            await tx.effects.save(replace(timer, due_at=now, payload={**timer.payload, "reason": reason}))
            change = replace(change, revert_at=now)
            await tx.changes.save(change)
        else:
            await self._queue(tx, _reverting_change(change), now, reason)
        await audit(tx, by, change_id, f"rolls back {change.call.key}")
        return change

    def _revert_after_s(self, order: Order) -> float | None:
        return self._rules.reverts_after_s(order.call.action, order.decision.revert_after_s if order.decision else None)

    def _change(self, order: Order, result: Result, case: Case, now: datetime) -> Change:
        assert order.effect.started_at
        change = Change(
            id=order.change_id or self._ids.new(),
            case_id=order.effect.subject,
            decision_id=order.decision.id if order.decision else None,
            effect_id=order.effect.id,
            call=order.call,
            level=str(order.effect.payload.get("level", "")),
            by=order.decision.decided_by if order.decision else "cortex",
            dry_run=result.dry_run or str(order.effect.payload.get("dry_run", "")),
            outcome=result.outcome,
            detail=result.detail,
            started_at=order.effect.started_at,
            ended_at=now,
            before=result.executed.before if result.executed else {},
            after=result.executed.after if result.executed else {},
            steps=tuple(order.steps),
            snapshot=order.before or {},
            rolled_back_at=now if result.outcome is Outcome.ROLLED_BACK else None,
            roll_back="it did not help" if result.outcome is Outcome.ROLLED_BACK else "",
        )
        try:
            action = self._actions.get(order.call.action)
        except NotFound:  # it is gone since
            return change
        return replace(
            change,
            object=action.object_of(order.call.params),
            kin=action.kin_of(order.call.params),
            object_kind=action.object_kind,
            change_class=class_of(action.risk, case.severity, reversible=action.reversible),
            impact=action.blast_radius,
            reversible=action.reversible,
        )

    def _refuse_irreversible(self, change: Change) -> None:
        if change.rolled_back_at:
            raise Conflict(f"change {change.id} was rolled back at {change.rolled_back_at:%Y-%m-%d %H:%M} UTC already")
        if not change.reversible or not self._actions.get(change.call.action).reversible:
            raise Refused(f"{change.call.action} is irreversible")
        if not change.snapshot:
            raise Refused(f"nobody knows what was before change {change.id}")

    async def _refuse_covered(self, tx: Transaction, change: Change) -> None:
        """Only the newest change of an object can be put back: an older one would undo the newer ones, too."""
        later = await tx.changes.of_object(change.call, change.object, change.started_at)
        covering = [each for each in later if each.id > change.id and each.rolled_back_at is None]
        if covering:
            newest = covering[-1]
            raise Conflict(f"{newest.call.key} came after it on {change.object}: roll {newest.id} back first")

    async def _queue(self, tx: Transaction, payload: Mapping[str, object], due_at: datetime, reason: str) -> None:
        effect = QueuedEffect(
            id=self._ids.new(),
            kind=EffectKind.ROLL_BACK,
            subject=str(payload["change_id"]),
            recipient="",
            payload={**payload, "reason": reason},
            created_at=self._clock.now(),
            due_at=due_at,
        )
        await tx.effects.save(effect)


def _reverting(order: Order, before: Mapping[str, object]) -> dict[str, object]:
    return {
        "action": order.call.action,
        "params": dict(order.call.params),
        "change_id": order.change_id,
        "before": dict(before),
    }


def _reverting_change(change: Change) -> dict[str, object]:
    return {
        "action": change.call.action,
        "params": dict(change.call.params),
        "change_id": change.id,
        "before": dict(change.snapshot),
    }


def _ended(timer: QueuedEffect, now: datetime, note: str) -> QueuedEffect:
    return replace(timer, state=EffectState.DONE, ended_at=now, note=note)

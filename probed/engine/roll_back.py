"""Puts back what an action changed: because nobody confirmed it in time, because a person wants it back, or because it
did not help and could not be put back at once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from probed.core.case import Outcome
from probed.core.change import Change, stands_on
from probed.core.decision import DecisionState, move
from probed.core.effect import EffectState, QueuedEffect
from probed.engine import cards
from probed.engine.ladder import call_of
from probed.engine.outbox import Outbox
from probed.engine.spans import trace_of
from probed.errors import CortexError, NotFound
from probed.ports import Actions, Clock, Monitor, Tracer, Transaction, Workers

log = logging.getLogger("cortex.roll_back")

MOST_ATTEMPTS = 4
PAUSE_S = 15.0
"""Until the next attempt, the longer the more there were."""
UNRECORDED_S = 2.0
"""Until the next look, while the action itself is under way."""


class Reverter:
    def __init__(
        self, monitor: Monitor, actions: Actions, workers: Workers, outbox: Outbox, clock: Clock, tracer: Tracer
    ) -> None:
        self._monitor, self._actions, self._workers = monitor, actions, workers
        self._outbox, self._clock, self._tracer = outbox, clock, tracer

    async def roll_back(self, effect: QueuedEffect) -> None:
        started = await self._start(effect)
        if started is None:
            return
        name = call_of(effect.payload).action
        facts = {"cortex.action.name": name, "cortex.change.id": effect.subject}
        with self._tracer.span(f"roll back {name}", facts, after=trace_of(effect)):
            await self._carry_out(started)

    async def _carry_out(self, effect: QueuedEffect) -> None:
        try:
            detail = await self._put_back(effect)
        except CortexError as error:
            await self._failed(effect, str(error))
        except Exception as error:
            log.exception("change %s could not be rolled back", effect.subject)
            await self._failed(effect, f"{type(error).__name__}: {error}")
        else:
            await self._succeeded(effect, detail)

    async def give_up(self, effect: QueuedEffect) -> None:
        async with self._monitor.transaction() as tx:
            await self._give_up(tx, effect, "failed unexpectedly, see the log")

    async def _start(self, effect: QueuedEffect) -> QueuedEffect | None:
        """None where it was confirmed meanwhile, where the action itself has not ended yet, or something newer stands
        on it."""
        now = self._clock.now()
        async with self._monitor.transaction() as tx:
            current = await tx.effects.get(effect.id)
            if current.is_over or current.due_at > now:
                return None
            change = await _change_of(tx, current)
            if change is None:
                await tx.effects.save(replace(current, due_at=now + timedelta(seconds=UNRECORDED_S)))
                return None
            if newer := await _newer(tx, change):
                await self._spare(tx, current, change, newer)
                return None
            started = replace(current, state=EffectState.STARTED, attempts=current.attempts + 1, started_at=now)
            await tx.effects.save(started)
            return started

    async def _spare(self, tx: Transaction, effect: QueuedEffect, change: Change, newer: Change) -> None:
        """What may be put back itself goes first; what is to stay is not undone by the timer of an older change."""
        now = self._clock.now()
        if newer.is_armed and newer.revert_at and not newer.roll_back:
            due_at = max(newer.revert_at, now) + timedelta(seconds=UNRECORDED_S)
            await tx.effects.save(replace(effect, due_at=due_at))
            return
        text = f"{change.call.key} is not rolled back: {newer.call.key} came after it and stands"
        await tx.effects.save(replace(effect, state=EffectState.DONE, ended_at=now, note=text))
        await tx.changes.save(replace(change, revert_at=None, roll_back=text))
        await tx.ledger.append("note", "cortex", change.id, text, {"newer": newer.id})
        await self._outbox.post(tx, change.id, cards.notice_card(self._outbox.rules.host, text))

    async def _put_back(self, effect: QueuedEffect) -> str:
        call, before = call_of(effect.payload), effect.payload["before"]
        assert isinstance(before, Mapping)
        action = self._actions.get(call.action)
        done = await self._workers.run(
            lambda: action.roll_back(call.params, before),
            deadline_s=action.deadline_s,
            name=f"roll-back of {action.name}",
        )
        return done.detail

    async def _succeeded(self, effect: QueuedEffect, detail: str) -> None:
        now, reason = self._clock.now(), str(effect.payload["reason"])
        async with self._monitor.transaction() as tx:
            await tx.effects.save(replace(effect, state=EffectState.DONE, ended_at=now, note=detail))
            change = await tx.changes.get(effect.subject)
            rolled_back = replace(
                change, outcome=Outcome.ROLLED_BACK, rolled_back_at=now, roll_back=f"{reason}; {detail}"
            )
            await tx.changes.save(rolled_back)
            await self._close(tx, rolled_back)
            text = f"{change.call.key} was rolled back: {rolled_back.roll_back}"
            await tx.ledger.append("milestone", "cortex", change.id, text, {"effect": effect.id})
            await self._outbox.post(tx, change.id, cards.notice_card(self._outbox.rules.host, text))
            await tx.stream.publish("change.rolled_back", change.id, {"action": change.call.key, "reason": reason})

    async def _failed(self, effect: QueuedEffect, why: str) -> None:
        async with self._monitor.transaction() as tx:
            if effect.attempts >= MOST_ATTEMPTS:
                await self._give_up(tx, effect, why)
                return
            due_at = self._clock.now() + timedelta(seconds=PAUSE_S * effect.attempts)
            await tx.effects.save(replace(effect, state=EffectState.PENDING, due_at=due_at, note=why))
            text = f"{call_of(effect.payload).key} is not rolled back yet, next try at {due_at:%H:%M:%S} UTC: {why}"
            await tx.ledger.append("note", "cortex", effect.subject, text, {"effect": effect.id})

    async def _give_up(self, tx: Transaction, effect: QueuedEffect, why: str) -> None:
        now, call = self._clock.now(), call_of(effect.payload)
        await tx.effects.save(replace(effect, state=EffectState.DEAD, ended_at=now, note=why))
        change = await _change_of(tx, effect)
        if change:
            await tx.changes.save(replace(change, roll_back=f"failed: {why}"))
        text = f"{call.key} could not be rolled back, put it back by hand: {why}"
        await tx.ledger.append("blocker", "cortex", effect.subject, text, {"before": effect.payload["before"]})
        await self._outbox.post(tx, effect.subject, cards.notice_card(self._outbox.rules.host, text, "critical"))

    async def _close(self, tx: Transaction, change: Change) -> None:
        if change.decision_id is None:
            return
        decision = await tx.decisions.get(change.decision_id)
        moved = move(decision, DecisionState.ROLLED_BACK, self._clock.now(), note=change.roll_back)
        if moved:
            saved = await tx.decisions.save(moved)
            data = {"state": str(saved.state), "action": saved.call.key}
            await tx.stream.publish("decision.changed", saved.id, data)


async def _newer(tx: Transaction, change: Change) -> Change | None:
    """The newest change that stands on this one."""
    later = await tx.changes.of_object(change.call, change.object, change.started_at)
    return next((each for each in reversed(later) if stands_on(each, change)), None)


async def _change_of(tx: Transaction, effect: QueuedEffect) -> Change | None:
    try:
        return await tx.changes.get(effect.subject)
    except NotFound:
        return None

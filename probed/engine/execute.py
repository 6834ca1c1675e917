"""Carries actions out: at most once, with a deadline, and verified; what became of it returns to the ladder.

A row is `started`, and committed, before anything happens. One found started after a crash is in doubt: the host is
asked whether the action helped, but the action is never repeated.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from probed.core.action import Executed
from probed.core.case import ActionFinished, Case, Outcome
from probed.core.change import Change
from probed.core.decision import Decision, DecisionState, move
from probed.core.effect import EffectState, QueuedEffect
from probed.core.finding import ActionCall
from probed.engine import cards
from probed.engine.catalogue import Catalogue
from probed.engine.decide import ALTERED
from probed.engine.ids import Ids
from probed.engine.ladder import Ladder, call_of
from probed.engine.options import Options
from probed.engine.outbox import Outbox
from probed.errors import CortexError, DeadlineExceeded
from probed.ports import Action, Actions, Clock, Monitor, Transaction, Workers

log = logging.getLogger("cortex.execute")

LOOK_DEADLINE_S = 30.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Result:
    outcome: Outcome
    detail: str
    dry_run: str = ""
    executed: Executed | None = None


class Executor:
    def __init__(
        self,
        monitor: Monitor,
        ladder: Ladder,
        options: Options,
        outbox: Outbox,
        actions: Actions,
        workers: Workers,
        catalogue: Catalogue,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._monitor, self._ladder, self._options, self._outbox = monitor, ladder, options, outbox
        self._actions, self._workers, self._catalogue = actions, workers, catalogue
        self._ids, self._clock = ids, clock

    async def carry_out(self, effect: QueuedEffect) -> None:
        """Execute a pending effect, or verify one in doubt, and record what became of it."""
        call = call_of(effect.payload)
        decision = await self._decision_of(effect)
        in_doubt = effect.state is EffectState.IN_DOUBT
        if not in_doubt:
            effect, decision = await self._start(effect, decision)
        try:
            action = self._actions.get(call.action)
            result = await (self._settle_doubt(action, call) if in_doubt else self._perform(action, call, decision))
        except CortexError as error:
            result = Result(Outcome.FAILED, str(error))
        await self._finish(effect, call, decision, result)

    async def _decision_of(self, effect: QueuedEffect) -> Decision | None:
        decision_id = effect.payload.get("decision_id")
        if not decision_id:
            return None
        async with self._monitor.transaction() as tx:
            return await tx.decisions.get(str(decision_id))

    async def _start(self, effect: QueuedEffect, decision: Decision | None) -> tuple[QueuedEffect, Decision | None]:
        now = self._clock.now()
        started = replace(effect, state=EffectState.STARTED, attempts=effect.attempts + 1, started_at=now)
        async with self._monitor.transaction() as tx:
            await tx.effects.save(started)
            moved = move(decision, DecisionState.EXECUTING, now) if decision else None
            if moved:
                decision = await tx.decisions.save(moved)
        return started, decision

    async def _perform(self, action: Action, call: ActionCall, decision: Decision | None) -> Result:
        if decision and (not decision.is_intact or decision.call != call):
            return Result(Outcome.REFUSED, ALTERED)
        ready = await self._in_worker(lambda: action.precondition(call.params), f"precondition of {action.name}")
        if not ready.holds:
            return Result(Outcome.REFUSED, ready.reason)
        if decision and dict(ready.snapshot) != dict(decision.snapshot):
            return Result(
                Outcome.REFUSED,
                f"the host changed since the question was asked: {_difference(decision, ready.snapshot)}",
            )
        dry_run = await self._in_worker(lambda: action.dry_run(call.params), f"dry run of {action.name}")
        try:
            executed = await self._workers.run(
                lambda: action.execute(call.params), deadline_s=action.deadline_s, name=f"execution of {action.name}"
            )
        except CortexError as error:
            return Result(Outcome.FAILED, str(error), dry_run)
        await asyncio.sleep(action.settle_s)
        return replace(await self._verify(action, call, executed.detail), dry_run=dry_run, executed=executed)

    async def _settle_doubt(self, action: Action, call: ActionCall) -> Result:
        return await self._verify(action, call, "started before the daemon ended; verified, not repeated")

    async def _verify(self, action: Action, call: ActionCall, detail: str) -> Result:
        try:
            seen = await self._in_worker(lambda: action.verify(call.params), f"verification of {action.name}")
        except DeadlineExceeded as error:
            return Result(Outcome.NOT_VERIFIED, f"{detail}; {error}")
        outcome = Outcome.VERIFIED if seen.holds else Outcome.NOT_VERIFIED
        return Result(outcome, f"{detail}; {seen.detail}" if detail else seen.detail)

    async def _in_worker(self, work: Callable[[], T], name: str) -> T:
        return await self._workers.run(work, deadline_s=LOOK_DEADLINE_S, name=name)

    async def _finish(self, effect: QueuedEffect, call: ActionCall, decision: Decision | None, result: Result) -> None:
        now = self._clock.now()
        case = await self._case(effect.subject)
        candidates = await self._options.candidates_of_case(case, self._catalogue.document(case.source))
        async with self._monitor.transaction() as tx:
            await tx.effects.save(replace(effect, state=EffectState.DONE, ended_at=now, note=str(result.outcome)))
            await self._record(tx, effect, call, decision, result, now)
            if decision:
                await self._close(tx, decision, result, now)
            options = await self._options.options(tx, candidates)
            event = ActionFinished(call, result.outcome, result.detail, options)
            await self._ladder.apply(tx, await tx.cases.get(case.id), event)

    async def _case(self, case_id: str) -> Case:
        async with self._monitor.transaction() as tx:
            return await tx.cases.get(case_id)

    async def _record(
        self,
        tx: Transaction,
        effect: QueuedEffect,
        call: ActionCall,
        decision: Decision | None,
        result: Result,
        now: datetime,
    ) -> None:
        change = Change(
            id=self._ids.new(),
            case_id=effect.subject,
            decision_id=decision.id if decision else None,
            effect_id=effect.id,
            call=call,
            level=str(effect.payload.get("level", "")),
            by=decision.decided_by if decision else "cortex",
            dry_run=result.dry_run,
            outcome=result.outcome,
            detail=result.detail,
            started_at=effect.started_at or now,
            ended_at=now,
            before=result.executed.before if result.executed else {},
            after=result.executed.after if result.executed else {},
        )
        await tx.changes.save(change)
        text = f"{call.key}: {result.outcome}, {result.detail}"
        await tx.ledger.append("milestone", "cortex", effect.subject, text, {"change": change.id})
        data = {"action": call.key, "outcome": str(result.outcome), "detail": result.detail}
        await tx.stream.publish("change.recorded", change.id, data)

    async def _close(self, tx: Transaction, decision: Decision, result: Result, now: datetime) -> None:
        state = DecisionState.VERIFIED if result.outcome is Outcome.VERIFIED else DecisionState.FAILED
        moved = move(decision, state, now, note=result.detail)
        if moved is None:
            return
        saved = await tx.decisions.save(moved)
        await self._outbox.post(tx, saved.id, cards.outcome_card(saved, result.detail))
        await tx.stream.publish("decision.changed", saved.id, {"state": str(saved.state), "action": saved.call.key})


def _difference(decision: Decision, now: Mapping[str, object]) -> str:
    names = sorted(name for name in {*decision.snapshot, *now} if decision.snapshot.get(name) != now.get(name))
    return ", ".join(f"{name} {decision.snapshot.get(name)!r} → {now.get(name)!r}" for name in names)

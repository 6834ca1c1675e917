"""Carries actions out: at most once, with a deadline, and verified; what became of it returns to the ladder.

A row is `started`, and committed, before anything happens, and what the precondition saw is stored before anything is
executed. One found so after a crash is in doubt: the host is asked whether the action helped, but the action is never
repeated. One that had not come that far begins anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from probed.core.action import Executed
from probed.core.case import ActionFinished, Case, Option, Outcome
from probed.core.consent import shortfall
from probed.core.decision import Decision, DecisionState, move
from probed.core.effect import EffectState, QueuedEffect
from probed.core.finding import ActionCall
from probed.core.permission import Permission
from probed.engine import cards
from probed.engine.catalogue import Catalogue
from probed.engine.changes import ChangeBook
from probed.engine.decide import ALTERED, MODEL
from probed.engine.ids import Ids
from probed.engine.ladder import Ladder, call_of
from probed.engine.options import Options
from probed.engine.order import BEFORE, Order, Result
from probed.engine.outbox import Outbox
from probed.engine.recheck import Recheck
from probed.engine.solved_cases import SolvedCaseBook
from probed.engine.spans import of_action, tell_outcome, tell_wait, trace_of
from probed.errors import ActionRefused, CortexError, DeadlineExceeded, OutcomeUnknown
from probed.ports import Action, Actions, Clock, Monitor, Tracer, Transaction, Workers

log = logging.getLogger("cortex.execute")

LOOK_DEADLINE_S = 30.0
LONGEST_WAIT = timedelta(hours=1)
"""An action that could not begin for so long is not begun any more: the host is another one by now."""

ENDS = {
    Outcome.VERIFIED: DecisionState.VERIFIED,
    Outcome.CHANGED: DecisionState.WITHDRAWN,
    Outcome.FORBIDDEN: DecisionState.WITHDRAWN,
    Outcome.ROLLED_BACK: DecisionState.ROLLED_BACK,
}
"""What becomes of the decision; of any other outcome: it failed."""

NOT_HELPED = (Outcome.NOT_VERIFIED, Outcome.FAILED)

NOBODY_LOOKED = "nothing has looked whether it helped: no probe of the action, and no check that found it"

T = TypeVar("T")


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
        recheck: Recheck,
        changes: ChangeBook,
        ids: Ids,
        clock: Clock,
        tracer: Tracer,
        solved: SolvedCaseBook,
    ) -> None:
        self._monitor, self._ladder, self._options, self._outbox = monitor, ladder, options, outbox
        self._actions, self._workers, self._catalogue, self._recheck = actions, workers, catalogue, recheck
        self._changes, self._ids, self._clock, self._tracer = changes, ids, clock, tracer
        self._solved = solved

    async def carry_out(self, effect: QueuedEffect) -> None:
        """Execute a pending effect, or verify one in doubt, and record what became of it."""
        order = await self._order(effect)
        led = {"after": order.decision.trace} if order.decision else {"parent": trace_of(effect)}
        with self._tracer.span(f"action {order.call.action}", of_action(order, self._actions), **led):
            tell_wait(self._tracer, order.decision)
            await self._carry_out(order)

    async def _carry_out(self, order: Order) -> None:
        result: Result | None = None
        if not order.is_in_doubt:
            order, result = await self._start(order)
        if result is None:
            order, result = await self._result(order)
        elif result.outcome is Outcome.VERIFIED:  # for another case: this one's fault may be another
            result = await self._confirmed(order, result)
        await self._finish(order, result)

    async def give_up(self, effect: QueuedEffect) -> None:
        """End an effect that fails again and again, so that its case goes on."""
        try:
            order = await self._order(effect)
        except (CortexError, ValueError) as error:  # what is stored of the decision cannot be read
            log.error("effect %s has lost its decision: %s", effect.id, error)
            order = Order(effect, call_of(effect.payload), None)
        await self._finish(order, Result(Outcome.FAILED, "failed unexpectedly, see the log", owes_roll_back=True))

    async def _order(self, effect: QueuedEffect) -> Order:
        decision_id = effect.payload.get("decision_id")
        decision = None
        if decision_id:
            async with self._monitor.transaction() as tx:
                decision = await tx.decisions.get(str(decision_id))
        return Order(effect, call_of(effect.payload), decision)

    async def _start(self, order: Order) -> tuple[Order, Result | None]:
        """Mark the effect as started, unless the rules no longer allow it: then a result that says so."""
        now = self._clock.now()
        async with self._monitor.transaction() as tx:
            early = await self._ended_early(tx, order, now)
            if early:
                return order, early
            effect = replace(
                order.effect,
                state=EffectState.STARTED,
                attempts=order.effect.attempts + 1,
                started_at=now,
                payload={**order.effect.payload, "change_id": self._ids.new()},
            )
            await tx.effects.save(effect)
            moved = move(order.decision, DecisionState.EXECUTING, now) if order.decision else None
            decision = await tx.decisions.save(moved) if moved else order.decision
        return Order(effect, order.call, decision, order.steps), None

    async def _ended_early(self, tx: Transaction, order: Order, now: datetime) -> Result | None:
        """What was allowed when the action was queued may be forbidden, done or stale by now."""
        effect, call, decision = order.effect, order.call, order.decision
        if decision and (not decision.is_intact or decision.call != call):
            return Result(Outcome.REFUSED, ALTERED)
        if now - effect.due_at > LONGEST_WAIT:  # which moves with the wall clock
            return Result(Outcome.REFUSED, f"it waited since {effect.due_at:%Y-%m-%d %H:%M} UTC")
        since = await tx.changes.last_of(call, effect.created_at)
        if since and since.outcome is Outcome.VERIFIED:
            return Result(Outcome.VERIFIED, f"done meanwhile, for another case ({since.id})")
        if since:
            return Result(Outcome.REFUSED, f"was tried meanwhile and did not help ({since.id})")
        forbidden = await self._forbidden(tx, order)
        return Result(Outcome.FORBIDDEN, f"no longer allowed: {forbidden}") if forbidden else None

    async def _forbidden(self, tx: Transaction, order: Order) -> str:
        """Why the rules do not let it run now; empty: they do."""
        decision, case = order.decision, await tx.cases.get(order.effect.subject)
        document = self._catalogue.document(case.source)
        ruling = await self._options.ruling_now(tx, order.call, case, document)
        if decision is None:
            return ruling.reason if ruling.permission is not Permission.AUTOMATIC or ruling.held else ""
        if fault := shortfall(decision, ruling):
            return fault
        is_model = decision.decided_by == MODEL
        if is_model and not await self._options.is_left_to_the_model(tx, order.call, case, document):
            return f"the model may not approve it any more ({ruling.reason})"
        return ""

    async def _result(self, order: Order) -> tuple[Order, Result]:
        """Whatever goes wrong with an action is the action's failure: the case must go on."""
        try:
            action = self._actions.get(order.call.action)
            if order.is_in_doubt:
                return order, await self._proven(action, order, await self._settle_doubt(action, order))
            order, result = await self._look(action, order)
            return order, result or await self._proven(action, order, await self._perform(action, order))
        except CortexError as error:
            return order, Result(Outcome.FAILED, str(error), owes_roll_back=True)
        except Exception as error:
            log.exception("action %s failed", order.call.key)
            return order, Result(Outcome.FAILED, f"{type(error).__name__}: {error}", owes_roll_back=True)

    async def _look(self, action: Action, order: Order) -> tuple[Order, Result | None]:
        """The last look before the execution; a result where there is none. What it sees is kept first, with the timer
        that puts it back."""
        call, decision = order.call, order.decision
        ready = await self._in_worker(lambda: action.precondition(call.params), f"precondition of {action.name}")
        if not ready.holds:
            return order, Result(Outcome.REFUSED, ready.reason)
        if decision and dict(ready.snapshot) != dict(decision.snapshot):
            difference = _difference(decision.snapshot, ready.snapshot)
            return order, Result(Outcome.CHANGED, f"the host changed since the question was asked: {difference}")
        self._note(order, f"precondition held: {ready.reason}")
        dry_run = await self._in_worker(lambda: action.dry_run(call.params), f"dry run of {action.name}")
        if stays := await self._changes.stays(order, ready.snapshot):
            return order, Result(Outcome.REFUSED, f"it could not be rolled back later: {stays}")
        payload = {**order.effect.payload, BEFORE: dict(ready.snapshot), "dry_run": dry_run}
        kept = replace(order, effect=replace(order.effect, payload=payload))
        async with self._monitor.transaction() as tx:
            await tx.effects.save(kept.effect)
            await self._changes.arm(tx, kept, action, ready.snapshot)
        return kept, None

    async def _perform(self, action: Action, order: Order) -> Result:
        call, dry_run = order.call, str(order.effect.payload.get("dry_run", ""))
        executed: Executed | None = None
        try:
            executed = await self._workers.run(
                lambda: action.execute(call.params), deadline_s=action.deadline_s, name=f"execution of {action.name}"
            )
            detail = executed.detail
        except DeadlineExceeded:  # it may have helped all the same
            detail = f"no end within {action.deadline_s:g} s"
        except OutcomeUnknown as error:
            detail = str(error)
        except ActionRefused as error:
            return Result(Outcome.REFUSED, str(error), dry_run)
        except CortexError as error:
            return Result(Outcome.FAILED, str(error), dry_run)
        self._note(order, f"executed: {detail}")
        self._tracer.happened("executed")
        return replace(await self._verify(action, call, executed, detail), dry_run=dry_run, executed=executed)

    async def _proven(self, action: Action, order: Order, result: Result) -> Result:
        """What did not help is put back, where it can be."""
        proven = await self._confirmed(order, result)
        self._note(order, f"{proven.outcome.replace('_', ' ')}: {proven.detail}")
        before = order.before
        if proven.outcome in NOT_HELPED and action.reversible and before is not None:
            return await self._put_back(action, order, before, proven)
        return proven

    async def _put_back(self, action: Action, order: Order, before: Mapping[str, object], result: Result) -> Result:
        try:
            done = await self._workers.run(
                lambda: action.roll_back(order.call.params, before),
                deadline_s=action.deadline_s,
                name=f"roll-back of {action.name}",
            )
        except CortexError as error:
            self._note(order, f"roll-back failed: {error}")
            return replace(result, detail=f"{result.detail}; its roll-back failed: {error}", owes_roll_back=True)
        self._note(order, f"rolled back: {done.detail}")
        self._tracer.happened("rolled back")
        return replace(result, outcome=Outcome.ROLLED_BACK, detail=f"{result.detail}; rolled back: {done.detail}")

    def _note(self, order: Order, text: str) -> None:
        order.steps.append(f"{self._clock.now():%H:%M:%S} {text}")

    async def _settle_doubt(self, action: Action, order: Order) -> Result:
        return await self._verify(action, order.call, None, "started before the daemon ended; verified, not repeated")

    async def _verify(self, action: Action, call: ActionCall, executed: Executed | None, detail: str) -> Result:
        await asyncio.sleep(action.settle_s)
        try:
            seen = await self._in_worker(lambda: action.verify(call.params, executed), f"verification of {action.name}")
        except DeadlineExceeded as error:
            return Result(Outcome.NOT_VERIFIED, f"{detail}; {error}")
        outcome = Outcome.VERIFIED if seen.holds else Outcome.NOT_VERIFIED
        said = f"{detail}; {seen.detail}" if detail else seen.detail
        return Result(outcome, said, has_looked=seen.has_looked)

    async def _confirmed(self, order: Order, result: Result) -> Result:
        """An action that did what it says has helped only if its finding is gone, and if anybody looked at all."""
        if result.outcome is not Outcome.VERIFIED:
            return result
        found = await self._recheck.look_again(await self._case(order.effect.subject))
        left = found.fault or ("" if found.has_looked or result.has_looked else NOBODY_LOOKED)
        return replace(result, outcome=Outcome.NOT_VERIFIED, detail=f"{result.detail}; but {left}") if left else result

    async def _in_worker(self, work: Callable[[], T], name: str) -> T:
        return await self._workers.run(work, deadline_s=LOOK_DEADLINE_S, name=name)

    async def _finish(self, order: Order, result: Result) -> None:
        tell_outcome(self._tracer, result)
        now = self._clock.now()
        case = await self._case(order.effect.subject)
        candidates = await self._options.candidates_of_case(case, self._catalogue.document(case.source))
        async with self._monitor.transaction() as tx:
            note = f"{result.outcome}: {result.detail}"
            await tx.effects.save(replace(order.effect, state=EffectState.DONE, ended_at=now, note=note))
            text = f"{order.call.key}: {result.outcome}, {result.detail}"
            detail = {"effect": order.effect.id, "decision": order.decision.id if order.decision else None}
            await tx.ledger.append("milestone", "cortex", order.effect.subject, text, detail)
            await self._changes.record(tx, order, result, case, now)
            if order.has_begun:
                by = order.decision.decided_by if order.decision else "cortex"
                await self._solved.learn(tx, case, order.call, result.outcome, by)
            if result.owes_roll_back:
                await self._changes.roll_back_later(tx, order, "it did not help")
            if order.decision:
                await self._close(tx, order.decision, result, now)
            options = await self._options.options(tx, candidates)
            current = await tx.cases.get(case.id)
            again = await self._again(tx, order.call, current) if result.outcome is Outcome.CHANGED else None
            event = ActionFinished(order.call, result.outcome, result.detail, options, again)
            await self._ladder.apply(tx, current, event)

    async def _again(self, tx: Transaction, call: ActionCall, case: Case) -> Option:
        return Option(call, await self._options.ruling_now(tx, call, case, self._catalogue.document(case.source)))

    async def _case(self, case_id: str) -> Case:
        async with self._monitor.transaction() as tx:
            return await tx.cases.get(case_id)

    async def _close(self, tx: Transaction, decision: Decision, result: Result, now: datetime) -> None:
        state = ENDS.get(result.outcome, DecisionState.FAILED)
        current = await tx.decisions.get(decision.id)
        moved = move(current, state, now, note=result.detail)
        if moved is None:
            return
        saved = await tx.decisions.save(moved)
        await self._outbox.post(tx, saved.id, cards.outcome_card(saved, result.detail))
        await tx.stream.publish("decision.changed", saved.id, {"state": str(saved.state), "action": saved.call.key})


def _difference(then: Mapping[str, object], now: Mapping[str, object]) -> str:
    names = sorted(name for name in {*then, *now} if then.get(name) != now.get(name))
    return ", ".join(f"{name} {then.get(name)!r} → {now.get(name)!r}" for name in names)

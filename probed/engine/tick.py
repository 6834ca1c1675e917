"""What is due: expiries, group flushes, the digest; then the effects that wait for their work."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from probed.core.case import Gone
from probed.core.effect import AT_ONCE_TO_ONE, EffectKind, EffectState, QueuedEffect
from probed.core.timer import Timer
from probed.engine import cards
from probed.engine.alerts import AlertBook
from probed.engine.decide import Decider
from probed.engine.deliver import Deliverer
from probed.engine.execute import Executor
from probed.engine.jump import ClockSteps
from probed.engine.ladder import Ladder, call_of
from probed.engine.order import BEFORE
from probed.engine.outbox import Outbox
from probed.engine.persistence import Persistence
from probed.engine.prepare import Preparer
from probed.engine.pulse import Pulse
from probed.engine.rehearse import Rehearsal
from probed.engine.relations import Due, Relations
from probed.engine.roll_back import Reverter
from probed.errors import CannotPersist, MonitorFailed
from probed.ports import Clock, Monitor, Queries, Transaction

log = logging.getLogger("cortex.tick")

MOST_AT_ONCE = {
    EffectKind.PREPARE: 4,
    EffectKind.REHEARSE: 2,
    EffectKind.EXECUTE: 2,
    EffectKind.ROLL_BACK: 2,
    EffectKind.SEND: 8,
}
ACTING = (EffectKind.EXECUTE, EffectKind.ROLL_BACK)
REPEATABLE = (EffectKind.PREPARE, EffectKind.REHEARSE, EffectKind.ROLL_BACK)
LONGEST_SLEEP_S = 30.0
HELD_UP_S = 0.5
"""How soon to look again at what is due but has to wait for its turn."""
MOST_FAILURES = 3
"""Unexpected failures after which an action or a question is given up."""
AFTER_FAILURE_S = 1.0
"""Pause after a failed turn, so that a lasting fault (a full disk) does not become a busy loop."""

Work = Callable[[QueuedEffect], Awaitable[None]]
Part = Callable[[], Awaitable[None]]
"""What a turn does about one kind of timer."""


@dataclass(frozen=True, slots=True)
class Trade:
    """How one kind of effect is worked on, and how it is ended when that fails again and again."""

    work: Work
    give_up: Work


class Ticker:
    """The engine's one loop: it supervises, so whatever a turn raises is recorded and the next turn comes."""

    def __init__(
        self,
        monitor: Monitor,
        queries: Queries,
        ladder: Ladder,
        alerts: AlertBook,
        relations: Relations,
        decider: Decider,
        preparer: Preparer,
        rehearsal: Rehearsal,
        executor: Executor,
        reverter: Reverter,
        deliverer: Deliverer,
        outbox: Outbox,
        persistence: Persistence,
        steps: ClockSteps,
        clock: Clock,
        pulse: Pulse,
    ) -> None:
        self._monitor, self._queries, self._ladder, self.alerts = monitor, queries, ladder, alerts
        self._relations = relations
        self._decider, self._deliverer, self._outbox = decider, deliverer, outbox
        self._persistence = persistence
        self._steps, self._clock, self._pulse = steps, clock, pulse
        self._trades = {
            EffectKind.PREPARE: Trade(preparer.prepare, preparer.give_up),
            EffectKind.REHEARSE: Trade(rehearsal.rehearse, rehearsal.give_up),
            EffectKind.EXECUTE: Trade(executor.carry_out, executor.give_up),
            EffectKind.ROLL_BACK: Trade(reverter.roll_back, reverter.give_up),
            EffectKind.SEND: Trade(deliverer.deliver, deliverer.give_up),
        }
        self._parts: Sequence[tuple[Timer, Part]] = (
            (Timer.DECISION, self._decider.expire_due),
            (Timer.CASE, self._expire_cases),
            (Timer.ALERT, self._end_alerts),
            *((timer, partial(self._read_timer, read)) for timer, read in relations.due),
            (Timer.GROUP, self._flush_groups),
        )
        self._running: dict[str, tuple[QueuedEffect, asyncio.Task[None]]] = {}
        self._broken_off: set[str] = set()
        """Effects whose work failed unexpectedly; their rows are put back as soon as that can be stored."""
        self._failed: Counter[str] = Counter()
        """How often the work on an effect failed unexpectedly, other than because nothing could be stored."""
        self.failures = 0
        """Turns in a row that failed; readiness looks at it."""
        self.last_turn = time.monotonic()
        """When the last turn went well."""
        self._stopping = False
        self._digest_on: str | None = None

    # --- the loop -----------------------------------------------------------------------------------------------------

    async def recover(self) -> None:
        """Before the first turn: what was under way when the daemon ended is in doubt."""
        await self._steps.take_up()
        await self._deliverer.recover()
        async with self._monitor.transaction() as tx:
            for effect in await tx.effects.started():
                await tx.effects.save(after_crash(effect, self._clock.now()))
        await self._arrange_groups()

    async def run(self) -> None:
        while True:
            try:
                wait_s = await self.turn()
                self._went_well()
            except Exception as error:  # noqa: BLE001 - the loop that supervises
                await self._went_wrong(error)
                wait_s = AFTER_FAILURE_S
                await asyncio.sleep(AFTER_FAILURE_S)
            await self._pulse.wait(wait_s)

    async def turn(self) -> float:
        """Do what is due and return the seconds until something else is.

        Every part has its turn, even if another one fails; the first failure is raised in the end.
        """
        await self._persistence.look_again()
        await self._put_back_all()
        if await self._steps.take_up():
            await self._read_timer(self._relations.weekly.clock_was_set)
        await self._arrange_groups()
        now = self._clock.now()
        dates = await self._queries.due_dates()
        due = {timer for timer, at in dates.items() if at <= now}
        parts = [part for timer, part in self._parts if timer in due]
        if await self._digest_is_due(now):
            parts.append(self._tell_digest)
        if due or parts:
            await _each([*parts, self._start_due])
            dates = await self._queries.due_dates()
        return next_turn_in_s(dates.values(), looked_at=now, now=self._clock.now())

    def silent_for_s(self) -> float:
        """Seconds since a turn last went well; readiness looks at it."""
        return time.monotonic() - self.last_turn

    async def idle(self) -> None:
        """Wait until nothing that was started is under way."""
        await asyncio.gather(*(task for _, task in self._running.values()), return_exceptions=True)

    def hold(self) -> None:
        """Start nothing more: the daemon stops, and what is queued waits for the next start."""
        self._stopping = True

    async def drain(self, deadline_s: float) -> None:
        """Let what is under way end; what does not is found in doubt at the next start."""
        self.hold()
        tasks = [task for _, task in self._running.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=deadline_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _went_well(self) -> None:
        self.failures, self.last_turn = 0, time.monotonic()

    async def _went_wrong(self, error: Exception) -> None:
        """A full disk is told once; anything else is in the log."""
        self.failures += 1
        if isinstance(error, CannotPersist):
            await self._persistence.failed(error)
        else:
            log.error("a turn of the engine failed", exc_info=error)

    # --- effects ------------------------------------------------------------------------------------------------------

    async def _start_due(self) -> None:
        if self._stopping:
            return
        async with self._monitor.transaction() as tx:
            for kind in MOST_AT_ONCE:
                most = self._most_at_once(kind)
                for effect in await tx.effects.due(kind, self._clock.now(), most + len(self._running)):
                    self._start(effect, most)

    def _most_at_once(self, kind: EffectKind) -> int:
        """Each recipient has places of its own: slow ones do not hold the others up."""
        most = MOST_AT_ONCE[kind]
        return max(most, AT_ONCE_TO_ONE * len(self._deliverer.recipients())) if kind is EffectKind.SEND else most

    def _start(self, effect: QueuedEffect, most: int) -> None:
        same_kind = [running for running, _ in self._running.values() if running.kind is effect.kind]
        same_place = [running for running in same_kind if running.recipient == effect.recipient]
        if effect.id in self._running or len(same_kind) >= most:
            return
        if effect.kind is EffectKind.SEND and len(same_place) >= AT_ONCE_TO_ONE:
            return
        if any(_excludes(running, effect) for running, _ in self._running.values()):
            return
        task = asyncio.create_task(self._supervise(effect), name=f"{effect.kind} {effect.id}")
        self._running[effect.id] = (effect, task)

    async def _supervise(self, effect: QueuedEffect) -> None:
        try:
            await self._trades[effect.kind].work(effect)
            self._failed.pop(effect.id, None)
        except Exception as error:
            self._broken_off.add(effect.id)
            if not isinstance(error, CannotPersist | MonitorFailed):  # that is not the effect's fault
                self._failed[effect.id] += 1
                log.exception("the work on effect %s (%s) failed", effect.id, effect.kind)
        finally:
            self._running.pop(effect.id, None)
            self._pulse.beat()

    async def _put_back_all(self) -> None:
        """One that cannot be put back stays for the next start; it does not keep the others from their turn."""
        for effect_id in list(self._broken_off):
            try:
                await self._put_back(effect_id)
            except CannotPersist:
                raise
            except Exception:
                log.exception("effect %s cannot be put back", effect_id)
            self._broken_off.discard(effect_id)

    async def _put_back(self, effect_id: str) -> None:
        """After an unexpected failure what had been started is in doubt, as after a crash; what fails again and again
        is given up, so that neither its case nor the rest is held up."""
        async with self._monitor.transaction() as tx:
            effect = await tx.effects.get(effect_id)
            if effect.state is EffectState.STARTED:
                effect = after_crash(effect, self._clock.now())
                await tx.effects.save(effect)
        if self._failed[effect_id] >= MOST_FAILURES and not effect.is_over:
            del self._failed[effect_id]
            log.error("effect %s (%s) is given up", effect_id, effect.kind)
            await self._trades[effect.kind].give_up(effect)

    # --- what is due --------------------------------------------------------------------------------------------------

    async def _expire_cases(self) -> None:
        async with self._monitor.transaction() as tx:
            for case in await tx.cases.due(self._clock.now()):
                await self._ladder.apply(tx, case, Gone("its time to live is over"))

    async def _read_timer(self, read: Due) -> None:
        async with self._monitor.transaction() as tx:
            await read(tx, self._clock.now())

    async def _arrange_groups(self) -> None:
        """At the start, and whenever the routes may have changed."""
        if self.alerts.needs_arranging():
            async with self._monitor.transaction() as tx:
                await self.alerts.arrange(tx)
            await self._read_timer(self._relations.weekly.arm)

    async def _end_alerts(self) -> None:
        await self._repeat(self.alerts.end_due)

    async def _flush_groups(self) -> None:
        await self._repeat(self.alerts.flush_due)

    async def _repeat(self, work: Callable[[Transaction, datetime], Awaitable[bool]]) -> None:
        """In small transactions, for nobody is to wait long for theirs, until what was due in the beginning is done.
        What is due again meanwhile has the next turn, and messages leave in between."""
        until, is_more = self._clock.now(), True
        while is_more:
            async with self._monitor.transaction() as tx:
                is_more = await work(tx, until)
            if is_more:
                await self._start_due()

    async def _digest_is_due(self, now: datetime) -> bool:
        local = now.astimezone()
        today, is_time = local.date(), local.time() >= self._outbox.rules.digest_at
        if self._digest_on is None:
            async with self._monitor.transaction() as tx:
                self._digest_on = await _last_digest(tx, today if is_time else today - timedelta(days=1))
        return is_time and self._digest_on != today.isoformat()

    async def _tell_digest(self) -> None:
        today = self._clock.now().astimezone().date().isoformat()
        async with self._monitor.transaction() as tx:
            lines = await tx.digests.take()
            if lines:
                await self._outbox.post(tx, f"digest-{today}", cards.digest_card(self._outbox.rules.host, lines))
            await tx.settings.set("digest_on", today)
        self._digest_on = today


def next_turn_in_s(dates: Iterable[datetime], looked_at: datetime, now: datetime) -> float:
    """`looked_at`: when the last turn began. What was due then and still is, is held up; that keeps nothing else from
    its moment."""
    waits = (HELD_UP_S if at <= looked_at else max((at - now).total_seconds(), 0.0) for at in dates)
    return min([LONGEST_SLEEP_S, *waits])


async def _each(parts: Sequence[Part]) -> None:
    failures: list[Exception] = []
    for part in parts:
        try:
            await part()
        except CannotPersist:
            raise
        except Exception as error:  # noqa: BLE001 - raised once every part has had its turn
            failures.append(error)
            log.error("a part of the engine's turn failed: %s", error)
    if failures:
        raise failures[0]


async def _last_digest(tx: Transaction, due_last: date) -> str:
    """The day of the last digest. A new installation has had the one that was due last."""
    told = await tx.settings.get("digest_on")
    if told is None:
        await tx.settings.set("digest_on", due_last.isoformat())
    return str(told or due_last.isoformat())


def _excludes(running: QueuedEffect, effect: QueuedEffect) -> bool:
    """Two cases may want the same action at once; the second one has to see what the first one has done. Nothing is put
    back that is being done."""
    both_act = running.kind in ACTING and effect.kind in ACTING
    return both_act and call_of(running.payload) == call_of(effect.payload)


def after_crash(effect: QueuedEffect, now: datetime) -> QueuedEffect:
    """An effect that was under way when its worker died. A mere look at the host is simply done again, and so is a
    roll-back: it does only what is not so already. An action that had not come further than the look before it has not
    begun, and has waited since it was due."""
    if effect.kind is EffectKind.EXECUTE and BEFORE not in effect.payload:
        return replace(effect, state=EffectState.PENDING)
    state = EffectState.PENDING if effect.kind in REPEATABLE else EffectState.IN_DOUBT
    return replace(effect, state=state, due_at=now)

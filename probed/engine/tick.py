"""What is due: expiries, group flushes, the digest; then the effects that wait for their work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from probed.core.case import Gone
from probed.core.effect import EffectKind, EffectState, QueuedEffect
from probed.engine import cards
from probed.engine.alerts import AlertBook
from probed.engine.decide import Decider
from probed.engine.deliver import Deliverer
from probed.engine.execute import Executor
from probed.engine.ladder import Ladder, call_of
from probed.engine.outbox import Outbox
from probed.engine.pulse import Pulse
from probed.ports import Clock, Monitor, Queries, Transaction

log = logging.getLogger("cortex.tick")

MOST_AT_ONCE = {EffectKind.PREPARE: 4, EffectKind.EXECUTE: 2, EffectKind.SEND: 8}
LONGEST_SLEEP_S = 30.0
HELD_UP_S = 0.5
"""How soon to look again at what is due but has to wait for its turn."""
MOST_FAILURES = 3
AFTER_FAILURE_S = 1.0
"""Pause after a failed turn, so that a lasting fault (a full disk) does not become a busy loop."""


class Ticker:
    """The engine's one loop: it supervises, so whatever a turn raises is recorded and the next turn comes."""

    def __init__(
        self,
        monitor: Monitor,
        queries: Queries,
        ladder: Ladder,
        alerts: AlertBook,
        decider: Decider,
        executor: Executor,
        deliverer: Deliverer,
        outbox: Outbox,
        clock: Clock,
        pulse: Pulse,
    ) -> None:
        self._monitor, self._queries, self._ladder, self.alerts = monitor, queries, ladder, alerts
        self._decider, self._outbox, self._clock, self._pulse = decider, outbox, clock, pulse
        self._work: dict[EffectKind, Callable[[QueuedEffect], Awaitable[None]]] = {
            EffectKind.PREPARE: decider.prepare,
            EffectKind.EXECUTE: executor.carry_out,
            EffectKind.SEND: deliverer.deliver,
        }
        self._running: dict[str, tuple[QueuedEffect, asyncio.Task[None]]] = {}
        self.failures = 0
        """Turns in a row that failed; readiness looks at it."""
        self.accepts_actions = True
        """False while the daemon stops: what is queued waits for the next start."""
        self._digest_on: str | None = None

    async def recover(self) -> None:
        """Before the first turn: what was under way when the daemon ended is in doubt."""
        async with self._monitor.transaction() as tx:
            for effect in await tx.effects.started():
                await tx.effects.save(after_crash(effect, self._clock.now()))

    async def run(self) -> None:
        while True:
            try:
                wait_s = await self.turn()
                self.failures = 0
            except Exception:
                self.failures += 1
                log.exception("a turn of the engine failed")
                wait_s = AFTER_FAILURE_S
                await asyncio.sleep(AFTER_FAILURE_S)
            await self._pulse.wait(wait_s)

    async def turn(self) -> float:
        """Do what is due and return the seconds until something else is."""
        now = self._clock.now()
        due = await self._queries.next_due()
        digest = await self._digest_is_due(now)
        if digest or (due and due <= now):
            await self._decider.expire_due()
            async with self._monitor.transaction() as tx:
                await self._expire_cases(tx, now)
                await self.alerts.flush_due(tx, now)
                if digest:
                    await self._tell_digest(tx, now)
            await self._start_due(now)
            due = await self._queries.next_due()
        if due is None:
            return LONGEST_SLEEP_S
        wait_s = (due - self._clock.now()).total_seconds()
        return min(wait_s, LONGEST_SLEEP_S) if wait_s > 0 else HELD_UP_S

    async def _start_due(self, now: datetime) -> None:
        async with self._monitor.transaction() as tx:
            for kind, most in MOST_AT_ONCE.items():
                if kind is EffectKind.EXECUTE and not self.accepts_actions:
                    continue
                for effect in await tx.effects.due(kind, now, most):
                    self._start(effect, most)

    def _start(self, effect: QueuedEffect, most: int) -> None:
        same_kind = [running for running, _ in self._running.values() if running.kind is effect.kind]
        if effect.id in self._running or len(same_kind) >= most or any(_excludes(one, effect) for one in same_kind):
            return
        task = asyncio.create_task(self._supervise(effect), name=f"{effect.kind} {effect.id}")
        self._running[effect.id] = (effect, task)

    async def _supervise(self, effect: QueuedEffect) -> None:
        try:
            await self._work[effect.kind](effect)
        except Exception:
            self.failures += 1
            log.exception("effect %s (%s) could not be recorded", effect.id, effect.kind)
            await asyncio.sleep(AFTER_FAILURE_S)
            await self._put_back(effect.id)
        finally:
            self._running.pop(effect.id, None)
            self._pulse.beat()

    async def _put_back(self, effect_id: str) -> None:
        """After an unexpected failure: what had been started is in doubt, as after a crash; what fails again and again
        is given up, so that it does not hold up the rest."""
        async with self._monitor.transaction() as tx:
            effect = await tx.effects.get(effect_id)
            failed = replace(effect, attempts=effect.attempts + 1)
            if effect.state is EffectState.STARTED:
                failed = after_crash(failed, self._clock.now())
            if failed.attempts >= MOST_FAILURES:
                log.error("effect %s (%s) is given up after %d failures", effect.id, effect.kind, failed.attempts)
                failed = replace(failed, state=EffectState.DEAD, note="failed unexpectedly, see the log")
            await tx.effects.save(failed)

    async def _expire_cases(self, tx: Transaction, now: datetime) -> None:
        for case in await tx.cases.due(now):
            await self._ladder.apply(tx, case, Gone("its time to live is over"))

    async def _digest_is_due(self, now: datetime) -> bool:
        local = now.astimezone()
        if local.time() < self._outbox.rules.digest_at or self._digest_on == local.date().isoformat():
            return False
        if self._digest_on is None:
            self._digest_on = await self._last_digest(local)
        return self._digest_on != local.date().isoformat()

    async def _last_digest(self, local: datetime) -> str:
        """The day of the last digest; a new installation has had today's."""
        async with self._monitor.transaction() as tx:
            told = await tx.settings.get("digest_on")
            if told is None:
                await tx.settings.set("digest_on", local.date().isoformat())
            return str(told or local.date().isoformat())

    async def _tell_digest(self, tx: Transaction, now: datetime) -> None:
        today = now.astimezone().date().isoformat()
        lines = await tx.digests.take()
        if lines:
            await self._outbox.post(tx, f"digest-{today}", cards.digest_card(self._outbox.rules.host, lines))
        await tx.settings.set("digest_on", today)
        self._digest_on = today

    async def idle(self) -> None:
        """Wait until nothing that was started is under way."""
        await asyncio.gather(*(task for _, task in self._running.values()), return_exceptions=True)

    async def drain(self, deadline_s: float) -> None:
        """Let what is under way end; what does not is found in doubt at the next start."""
        tasks = [task for _, task in self._running.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=deadline_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _excludes(running: QueuedEffect, effect: QueuedEffect) -> bool:
    """Two cases may want the same action at once; the second one has to see what the first one has done."""
    return effect.kind is EffectKind.EXECUTE and call_of(running.payload) == call_of(effect.payload)


def after_crash(effect: QueuedEffect, now: datetime) -> QueuedEffect:
    """An effect that was under way when its worker died. A mere look at the host is simply done again."""
    state = EffectState.PENDING if effect.kind is EffectKind.PREPARE else EffectState.IN_DOUBT
    return replace(effect, state=state, due_at=now)

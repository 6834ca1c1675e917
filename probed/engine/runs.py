"""Which runs are under way: at most one of an inspection, at most so many at once; pausing; the first sweep."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from probed.core.effect import EffectKind
from probed.core.phrases import phrase
from probed.core.run import Run, RunState, Trigger
from probed.engine.alerts import AlertBook
from probed.engine.audit import audit
from probed.engine.blind_watch import BlindWatch
from probed.engine.catalogue import Catalogue
from probed.engine.inspect import Inspector
from probed.engine.pulse import Pulse
from probed.errors import CannotPersist, Conflict, CortexError, NotFound
from probed.ports import Actor, Clock, Monitor, Pausing, Transaction

log = logging.getLogger("cortex.runs")

RELEARN_WITHIN_S = 10.0
CANCEL_WITHIN_S = 20.0
"""How long whoever cancels a run waits until it and what it started are gone."""
PAUSED = "paused"
"""Name of the setting that lists the paused inspections."""
SWEEP_S = 60.0
SETTLE_TRIES = 100
SETTLE_S = 10.0
"""How long the first sweep's card waits for questions that are still being prepared."""


LogContext = Callable[[str], AbstractContextManager[object]]
"""Puts the run's id on each line that is logged within."""


class RunBook:
    def __init__(
        self,
        monitor: Monitor,
        inspector: Inspector,
        blind: BlindWatch,
        catalogue: Catalogue,
        alerts: AlertBook,
        pausing: Pausing,
        clock: Clock,
        pulse: Pulse,
        log_context: LogContext,
        concurrency: int,
    ) -> None:
        self._monitor, self._inspector, self._catalogue, self._alerts = monitor, inspector, catalogue, alerts
        self._blind = blind
        self._pausing, self._clock, self._pulse, self._log_context = pausing, clock, pulse, log_context
        self._slots, self._concurrency = asyncio.Semaphore(concurrency), concurrency
        self._under_way: dict[str, tuple[Run, asyncio.Task[None]]] = {}
        self._cancelled: dict[str, Actor] = {}
        """Who wanted which run ended."""
        self._beginning = asyncio.Lock()
        self._stopping = False

    async def begin(self, inspection_id: str, trigger: Trigger, missed: int = 0, by: Actor | None = None) -> Run:
        """Start a run and return it; one that is under way already is returned instead. Raises NotFound, Conflict."""
        async with self._beginning:  # else two of one inspection could begin at once
            if self._stopping:
                raise Conflict(phrase("the daemon is stopping; no new runs"))
            known = self._under_way.get(inspection_id)
            if known:
                return known[0]
            has_slot = len(self._under_way) < self._concurrency
            run = await self._inspector.queue(inspection_id, trigger, missed, by, begins=has_slot)
            task = asyncio.create_task(self._carry_out(run), name=f"run {run.id} of {inspection_id}")
            self._under_way[inspection_id] = (run, task)
        return run

    async def cancel(self, run: Run, by: Actor) -> Run:
        """End it, and what it has started; it is returned as it is then. Raises Conflict where it is not under way."""
        known, task = self._under_way.get(run.inspection, (None, None))
        if run.state.is_over or not known or not task or known.id != run.id:
            state = run.state if run.state.is_over else "no longer under way"
            raise Conflict(f"run {run.id} of {run.inspection} has ended already: {state}")
        self._cancelled.setdefault(run.id, by)
        await asyncio.sleep(0)  # it has begun: what is cancelled before that is never ended
        task.cancel()
        await asyncio.wait((task,), timeout=CANCEL_WITHIN_S)
        async with self._monitor.transaction() as tx:
            return await tx.runs.get(run.id)

    async def run_due(self, inspection_id: str, missed: int) -> None:
        """Called by the scheduler; ends with the run, so that the next one of the inspection waits for it."""
        if missed:
            log.warning("inspection %s: %d runs were missed; one run makes up for them", inspection_id, missed)
        try:
            await self.begin(inspection_id, Trigger.SCHEDULE, missed)
        except CannotPersist as error:
            await self._blind.watch(inspection_id, error)
        else:
            await self.finished(inspection_id)

    async def first_sweep(self, inspection_ids: Sequence[str]) -> None:
        """Run everything once; a new installation is told about it as one card, which waits for a slow run only so
        long."""
        for inspection_id in inspection_ids:
            try:
                await self.begin(inspection_id, Trigger.STARTUP)
            except (NotFound, Conflict) as error:  # removed by a reload, or the daemon is stopping
                log.info("first sweep: %s", error)
        await self.finished(*inspection_ids, within_s=SWEEP_S)
        await self._wait_for_questions()
        async with self._monitor.transaction() as tx:
            if not await tx.settings.get("first_sweep_done"):
                await self._alerts.tell_first_sweep(tx)
        self._pulse.beat()

    async def recover(self) -> None:
        """Runs that were under way when the daemon ended have no answer."""
        await self._end_unfinished(RunState.UNKNOWN, "the daemon ended during the run")

    async def stop(self, deadline_s: float) -> None:
        """No new runs; those under way end, or are cancelled at the deadline."""
        self._stopping = True
        async with self._beginning:  # one that is just beginning is under way as well
            tasks = [task for _, task in self._under_way.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=deadline_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._end_unfinished(RunState.CANCELLED, "the daemon is stopping")

    async def _end(self, run: Run, state: RunState, reason: str) -> None:
        try:
            async with self._monitor.transaction() as tx:
                await tx.runs.save(replace(run, state=state, reason=reason, ended_at=self._clock.now()))
        except CortexError as error:  # then the next start ends it
            log.error("run %s: %s", run.id, error)

    async def _end_unfinished(self, state: RunState, reason: str) -> None:
        async with self._monitor.transaction() as tx:
            for run in await tx.runs.unfinished():
                await tx.runs.save(replace(run, state=state, reason=reason, ended_at=self._clock.now()))

    async def paused(self) -> set[str]:
        async with self._monitor.transaction() as tx:
            return await _paused(tx)

    async def pause(self, inspection_id: str, by: Actor) -> None:
        await self._set_paused(inspection_id, by, paused=True)
        self._pausing.pause(inspection_id)

    async def resume(self, inspection_id: str, by: Actor) -> None:
        await self._set_paused(inspection_id, by, paused=False)
        self._pausing.resume(inspection_id)

    async def relearn(self, inspection_id: str, by: Actor, check: str = "") -> int:
        """Raises NotFound, and Conflict while a run of it is under way: it would store what it knew."""
        entry = self._catalogue.get(inspection_id)
        learning = {each.name for each in entry.checks if each.remembers}
        if check and check not in learning:
            known = ", ".join(sorted(learning)) or "none"
            raise NotFound(f"{inspection_id} has no check {check!r} that remembers anything; there are: {known}")
        async with self._beginning:
            await self.finished(inspection_id, within_s=RELEARN_WITHIN_S)
            if inspection_id in self._under_way:
                raise Conflict(f"a run of {inspection_id} is under way; try again when it has ended")
            async with self._monitor.transaction() as tx:
                forgot = await tx.memories.forget(inspection_id, check or None)
                what = f"check {check} of {inspection_id}" if check else inspection_id
                await audit(tx, by, inspection_id, f"had {what} learn anew what is normal", {"forgot": forgot})
        return forgot

    async def _carry_out(self, run: Run) -> None:
        try:
            with self._log_context(run.id):
                async with self._slots:
                    await self._inspector.carry_out(run)
        except asyncio.CancelledError:
            await asyncio.shield(self._end_cancelled(run))
            raise
        except CannotPersist as error:
            log.error("run %s of %s could not be recorded: %s", run.id, run.inspection, error)
            await self._end(run, RunState.FAILED, str(error))
        except Exception:
            log.exception("run %s of %s could not be recorded", run.id, run.inspection)
            await self._end(run, RunState.FAILED, "could not be recorded, see the log")
        finally:
            self._under_way.pop(run.inspection, None)
            self._cancelled.pop(run.id, None)

    async def _end_cancelled(self, run: Run) -> None:
        try:
            with self._log_context(run.id):
                await self._inspector.end_cancelled(run, self._cancelled.get(run.id))
        except CortexError as error:  # then the next start ends it
            log.error("run %s: %s", run.id, error)

    async def finished(self, *inspection_ids: str, within_s: float | None = None) -> None:
        """Wait until no run of these inspections is under way, or the time is over."""
        tasks = [self._under_way[name][1] for name in inspection_ids if name in self._under_way]
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)

    async def _wait_for_questions(self) -> None:
        for _ in range(SETTLE_TRIES):
            if not await self._questions_wait():
                return
            await asyncio.sleep(SETTLE_S / SETTLE_TRIES)
        log.warning("some questions of the first sweep are not ready yet; they are told one by one")

    async def _questions_wait(self) -> bool:
        async with self._monitor.transaction() as tx:
            due = await tx.effects.due(EffectKind.PREPARE, self._clock.now(), 1)
            started = await tx.effects.started()
        return bool(due) or any(effect.kind is EffectKind.PREPARE for effect in started)

    async def _set_paused(self, inspection_id: str, by: Actor, *, paused: bool) -> None:
        self._catalogue.get(inspection_id)
        async with self._monitor.transaction() as tx:
            names = await _paused(tx)
            changed = names | {inspection_id} if paused else names - {inspection_id}
            await tx.settings.set(PAUSED, sorted(changed))
            await audit(tx, by, inspection_id, f"{'paused' if paused else 'resumed'} {inspection_id}")


async def _paused(tx: Transaction) -> set[str]:
    names = await tx.settings.get(PAUSED)
    return set(names) if isinstance(names, list) else set()

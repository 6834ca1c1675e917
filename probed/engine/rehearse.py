"""Rehearses what is only named, not done: would it have been possible, and what would it have changed?"""

from __future__ import annotations

from dataclasses import replace

from probed.core.case import Case, Stage
from probed.core.effect import EffectState, QueuedEffect
from probed.core.finding import ActionCall
from probed.engine.examine import Examination, examine
from probed.engine.ladder import call_of
from probed.engine.standings import StandingBook
from probed.ports import Actions, Clock, Monitor, Transaction, Workers

LONGEST_OUTLOOK = 600


class Rehearsal:
    def __init__(
        self, monitor: Monitor, actions: Actions, workers: Workers, standings: StandingBook, clock: Clock
    ) -> None:
        self._monitor, self._actions, self._workers = monitor, actions, workers
        self._standings, self._clock = standings, clock

    async def rehearse(self, effect: QueuedEffect) -> None:
        call = call_of(effect.payload)
        seen = await examine(self._actions, self._workers, call)
        async with self._monitor.transaction() as tx:
            await self._done(tx, effect)
            if seen.is_broken or not seen.obstacle:
                await self._standings.rehearsed(tx, call, worked=not seen.is_broken)
            await self._tell(tx, await tx.cases.get(effect.subject), call, seen)

    async def give_up(self, effect: QueuedEffect) -> None:
        async with self._monitor.transaction() as tx:
            await self._done(tx, effect)

    async def _done(self, tx: Transaction, effect: QueuedEffect) -> None:
        await tx.effects.save(replace(effect, state=EffectState.DONE, ended_at=self._clock.now()))

    async def _tell(self, tx: Transaction, case: Case, call: ActionCall, seen: Examination) -> None:
        """What it would have done stands in the card, where that has not been told yet."""
        if case.stage is not Stage.TOLD or call.key not in case.outlook:
            return
        found = f"but {seen.obstacle}" if seen.obstacle else " ".join(seen.dry_run.split())
        outlook = f"{case.outlook}: {found}"[:LONGEST_OUTLOOK]
        await tx.cases.save(replace(case, outlook=outlook))
        alert = await tx.alerts.of_case(case.id)
        if alert:
            await tx.alerts.save(replace(alert, annotations={**alert.annotations, "outlook": outlook}))

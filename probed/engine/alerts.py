"""The book of alerts: raised and ended by cases, or sent by other programs; grouped, and told when that is due."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from probed.core import alert as alerts
from probed.core import external_alert
from probed.core import silence as silences
from probed.core.alert import Alert, AlertState, alert_of
from probed.core.case import Case
from probed.core.external_alert import AlertDraft
from probed.core.recognition import recognised_in
from probed.core.routing import Routing
from probed.engine import cards
from probed.engine.catalogue import Catalogue
from probed.engine.grouping import FIRST_SWEEP, Grouping
from probed.engine.ids import Ids
from probed.engine.notify import Notifier
from probed.engine.outbox import Outbox
from probed.engine.rules import Rules
from probed.engine.sieve import Sieve
from probed.engine.suppression import AlertChange, AlertListener
from probed.ports import Clock, Transaction

ROUTING = "routing"
"""Name of the setting that keeps by which routes the groups were made."""
MOST_AT_ONCE = 500
MOST_OPEN = 50_000
"""Alerts from outside that are open at once; what is known goes on to be heard of then."""
CROWDED = f"there are {MOST_OPEN} open alerts already"
"""Alerts that are worked on before the event loop has its turn."""


class AlertBook:
    def __init__(
        self,
        outbox: Outbox,
        catalogue: Catalogue,
        ids: Ids,
        clock: Clock,
        rules: Rules,
        sieve: Sieve,
        listeners: Sequence[AlertListener] = (),
    ) -> None:
        self._outbox, self._catalogue, self._ids, self._clock = outbox, catalogue, ids, clock
        self.rules = rules
        self._listeners = listeners
        self.grouping = Grouping(clock, rules)
        self._arranged: Routing | None = None
        """The routes by which the groups were made."""
        self.notifier = Notifier(outbox, rules, sieve)

    # --- cases --------------------------------------------------------------------------------------------------------

    async def raise_for(self, tx: Transaction, case: Case) -> None:
        now = self._clock.now()
        known = await tx.alerts.of_case(case.id)
        alert = alerts.update(known, case.severity, case.summary, now) if known else self._new(case, now)
        await tx.alerts.save(alert)
        if await tx.settings.get("first_sweep_done"):
            await self._admit(tx, known, alert, now)
        elif known is None:
            await self.grouping.admit_to_first_sweep(tx, alert)
        await self._changed(tx, [AlertChange(known, alert)])

    async def end_for(self, tx: Transaction, case: Case) -> None:
        alert = await tx.alerts.of_case(case.id)
        if alert:
            await self.end(tx, alert)

    async def tell_first_sweep(self, tx: Transaction) -> None:
        """End the first sweep: what it brought up goes out as one card."""
        await tx.settings.set("first_sweep_done", True)
        now = self._clock.now()
        firing: Sequence[Alert] = ()
        if group := await tx.groups.get(FIRST_SWEEP):
            [result] = await self.notifier.flush(tx, [group], now, silent=True)
            firing = result.firing
        waiting = await tx.decisions.waiting()
        if firing or waiting:
            card = cards.first_sweep_card(self.rules.host, firing, waiting)
            await self._outbox.post_first_sweep(tx, FIRST_SWEEP, card, [decision.id for decision in waiting])

    # --- alerts from outside ------------------------------------------------------------------------------------------

    async def take(self, tx: Transaction, drafts: Sequence[AlertDraft]) -> tuple[Sequence[str], int]:
        """Take in what is valid; returns what is wrong with the others, and how many say something new."""
        now = self._clock.now()
        problems, news = [], 0
        room = MOST_OPEN - await tx.alerts.count_external()
        for begin in range(0, len(drafts), MOST_AT_ONCE):
            valid = []
            for draft in drafts[begin : begin + MOST_AT_ONCE]:
                if problem := external_alert.problem_of(draft, now, self.rules.routing.resolve_timeout_s):
                    problems.append(problem)
                else:
                    valid.append(draft)
            taken, refused, changed = await self._take(tx, valid, now, room)
            room -= taken
            news += changed
            problems += [CROWDED] * refused
            await asyncio.sleep(0)
        return problems, news

    async def _take(
        self, tx: Transaction, drafts: Sequence[AlertDraft], now: datetime, room: int
    ) -> tuple[int, int, int]:
        """How many of them were not open, for how many there was no room, and how many say something new."""
        timeout_s = self.rules.routing.resolve_timeout_s
        fresh = [external_alert.alert_of(draft, self._ids.new(), now, timeout_s) for draft in drafts]
        known = dict(await tx.alerts.newest_of([alert.fingerprint for alert in fresh]))
        stored: dict[str, tuple[Alert | None, Alert]] = {}
        refused = 0
        for alert in fresh:
            earlier = known.get(alert.fingerprint)
            after = external_alert.following(earlier, alert, now) if earlier else alert
            before = (
                stored[after.id][0] if after.id in stored else earlier if earlier and earlier.id == after.id else None
            )
            if before is None and after.id not in stored:
                if room <= 0:
                    refused += 1
                    continue
                room -= 1
            known[alert.fingerprint] = after
            stored[after.id] = (before, after)
        changes = list(stored.values())
        await tx.alerts.save_all([after for _, after in changes])
        await self.grouping.admit(tx, [after for _, after in changes], now)
        news = [
            AlertChange(before, after)
            for before, after in changes
            if before is None or (before.state, before.summary) != (after.state, after.summary)
        ]
        await self._changed(tx, news)
        await self._unsilence(tx, [after for _, after in changes], now)
        return sum(before is None for before, _ in changes), refused, len(news)

    async def end_due(self, tx: Transaction, now: datetime) -> bool:
        """End those whose time has come; returns whether there may be more."""
        ending = await tx.alerts.ending(now, MOST_AT_ONCE)
        ended = [over for alert in ending if (over := alerts.resolve(alert, alert.ends_at or now))]
        await tx.alerts.save_all(ended)
        await self.grouping.admit(tx, ended, now)
        await self._changed(tx, [AlertChange(before, after) for before, after in zip(ending, ended, strict=True)])
        await self._unsilence(tx, ended, now)
        return len(ending) == MOST_AT_ONCE

    # --- both ---------------------------------------------------------------------------------------------------------

    async def end(self, tx: Transaction, alert: Alert) -> None:
        now = self._clock.now()
        ended = alerts.resolve(alert, now)
        if ended is None:
            return
        await tx.alerts.save(ended)
        await self._admit(tx, alert, ended, now)
        await self._changed(tx, [AlertChange(alert, ended)])
        await self._unsilence(tx, [ended], now)

    def needs_arranging(self) -> bool:
        """Whether the routes may be others than those by which the groups were made."""
        return self._arranged is not self.rules.routing

    async def arrange(self, tx: Transaction) -> None:
        """Bring the groups in line with the routes."""
        routing = self.rules.routing
        digest = hashlib.sha256(repr(routing.root).encode()).hexdigest()
        if routing.is_strict and self._arranged is None:  # as Alertmanager starts: with silences and records alone
            await tx.alerts.forget_external()
        if routing.is_strict or await tx.settings.get(ROUTING) != digest:
            await self.grouping.rearrange(tx)
            await tx.settings.set(ROUTING, digest)
        self._arranged = routing

    async def flush_due(self, tx: Transaction, now: datetime) -> bool:
        """Returns whether more groups may be due."""
        return await self.notifier.flush_due(tx, now)

    async def _admit(self, tx: Transaction, before: Alert | None, after: Alert, now: datetime) -> None:
        in_first_sweep = before and FIRST_SWEEP in (await tx.groups.memberships([after.id])).get(after.id, ())
        if not in_first_sweep:
            await self.grouping.admit(tx, [after], now)
        elif await tx.settings.get("first_sweep_done"):
            await self.grouping.wake_all_of(tx, after, now)

    async def _unsilence(self, tx: Transaction, changed: Sequence[Alert], now: datetime) -> None:
        """A silence that lasts until its alert resolves has ended."""
        over = [alert.id for alert in changed if alert.state is AlertState.RESOLVED]
        for silence in await tx.silences.of_alerts(over, now) if over else ():
            if expired := silences.expire(silence, now):
                await tx.silences.save(expired)

    async def _changed(self, tx: Transaction, changes: Sequence[AlertChange]) -> None:
        for after in (change.after for change in changes):
            data = {"state": str(after.state), "severity": str(after.severity), "summary": after.summary}
            await tx.stream.publish("alert.changed", after.id, data)
        for listener in self._listeners if changes else ():
            await listener.alerts_changed(tx, changes)

    def _new(self, case: Case, now: datetime) -> Alert:
        alert = alert_of(case, self._ids.new(), self.rules.host, now)
        return replace(alert, annotations=self._annotations(case))

    def _annotations(self, case: Case) -> dict[str, str]:
        """What the card shows below the summary: what was or would have been done, the runbook, where to re-tune it."""
        recognised = recognised_in(case.evidence)
        texts = {
            "outlook": case.outlook,
            "recognised": recognised.line if recognised else "",
            "runbook": case.runbook,
            "tune": self._catalogue.tuning(case),
        }
        return {name: text for name, text in texts.items() if text}

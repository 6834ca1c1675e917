"""Watches which alerts flap: says so once, holds their ups and downs, and says once when it is over.

A report of an alert's source is one state of it, as a check's result is for Nagios. Where reports are rare, or there
are none because the alert came in from outside, time counts: what did not change for a while is the same once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from probed.core import flapping as flaps
from probed.core.alert import Alert, AlertState
from probed.core.flapping import FlapBounds, Flapping
from probed.engine import cards
from probed.engine.rules import Rules
from probed.engine.suppression import AlertChange
from probed.engine.telling import Telling
from probed.ports import Clock, Transaction

LOOK_EVERY_S = 15.0
REPORTED_S = 3600.0
"""A reported alert of which no report spoke for so long was the same once more."""
HANDED_IN_S = 60.0
"""The same for an alert that came in from outside."""


class FlapWatch:
    """An AlertListener and a Suppressor."""

    def __init__(self, telling: Telling, clock: Clock, rules: Rules) -> None:
        self._telling, self._clock, self._rules = telling, clock, rules

    async def alerts_changed(self, tx: Transaction, changes: Sequence[AlertChange]) -> None:
        bounds, turning = self._rules.flapping, [change for change in changes if change.fires != change.fired]
        if bounds is None or not turning:
            return
        known = dict(await tx.flapping.of([change.after.fingerprint for change in turning]))
        for change in turning:
            fingerprint = change.after.fingerprint
            known[fingerprint] = await self._turned(tx, known.get(fingerprint), change, bounds)
        await tx.flapping.save_all(list(known.values()))

    async def suppressed(self, tx: Transaction, alerts: Sequence[Alert], now: datetime) -> Mapping[str, str]:
        if self._rules.flapping is None or not alerts:
            return {}
        known = await tx.flapping.of([alert.fingerprint for alert in alerts])
        since = {each.fingerprint: each.since for each in known.values() if each.since}
        return {
            alert.id: f"flapping since {since[alert.fingerprint]:%Y-%m-%d %H:%M} UTC"
            for alert in alerts
            if alert.fingerprint in since
        }

    async def _turned(
        self, tx: Transaction, known: Flapping | None, change: AlertChange, bounds: FlapBounds
    ) -> Flapping:
        now, alert = self._clock.now(), change.after
        source = alert.labels.get("source", "") if alert.case_id else ""
        known = known or flaps.begin(alert.fingerprint, source, fires=change.fires, now=now)
        lasted = await self._lasted(tx, known, now, is_changing=True)
        turned = replace(flaps.seen(lasted, fires=change.fires, now=now), alert_id=alert.id)
        return await self._judged(tx, turned, bounds, now)

    async def look_due(self, tx: Transaction, now: datetime) -> None:
        """Whether those that flap still do."""
        bounds = self._rules.flapping or FlapBounds()
        lasted = [await self._lasted(tx, each, now, is_changing=False) for each in await tx.flapping.due(now)]
        await tx.flapping.save_all([await self._judged(tx, each, bounds, now) for each in lasted])

    async def _judged(self, tx: Transaction, flapping: Flapping, bounds: FlapBounds, now: datetime) -> Flapping:
        """With what there is to tell about it told."""
        judged = flaps.judged(flapping, bounds, now)
        look_at = now + timedelta(seconds=LOOK_EVERY_S) if judged.since else None
        is_told = judged.is_told
        if judged.since and not is_told:
            is_told = await self._tell_begin(tx, judged, now)
        elif flapping.since and not judged.since:
            await self._tell_end(tx, judged)
            is_told = False
        return replace(judged, look_at=look_at, is_told=is_told)

    async def _tell_begin(self, tx: Transaction, flapping: Flapping, now: datetime) -> bool:
        """Whether it was told: a silenced alert flaps in silence, and so does one that ended before it was told."""
        alert = await _kept(tx, flapping)
        if alert is None or await self._telling.why_not(tx, alert, now):
            return False
        if alert.state is AlertState.RESOLVED and not await self._telling.is_told(tx, alert):
            return False
        await self._telling.tell(tx, alert, cards.flapping_card(self._rules.host, alert, flapping.changes))
        return True

    async def _tell_end(self, tx: Transaction, flapping: Flapping) -> None:
        alert = await _kept(tx, flapping)
        if alert and flapping.is_told:
            await self._telling.tell(tx, alert, cards.steady_card(self._rules.host, alert))
            await self._telling.count_as_told(tx, [alert], self._clock.now())

    async def _lasted(self, tx: Transaction, flapping: Flapping, now: datetime, *, is_changing: bool) -> Flapping:
        """Up to now; if it is changing, up to the state that comes now."""
        period_s = REPORTED_S if flapping.source else HANDED_IN_S
        times = int((now - flapping.seen_at).total_seconds() // period_s)
        report = flapping.report
        if flapping.source:
            answers, report = await tx.reports.answers_since(flapping.source, flapping.report)
            times = max(times, answers - 1 if is_changing else answers)
        if times <= 0:
            return replace(flapping, report=report) if is_changing else flapping
        return replace(flaps.lasting(flapping, times), report=report, seen_at=now)


async def _kept(tx: Transaction, flapping: Flapping) -> Alert | None:
    """Its newest alert; None where that is no longer kept."""
    return (await tx.alerts.get_all([flapping.alert_id])).get(flapping.alert_id)

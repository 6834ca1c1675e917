"""Acknowledging alerts, for ever or for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from probed.core import alert as alerts
from probed.core.alert import Alert
from probed.core.phrases import phrase
from probed.engine import cards
from probed.engine.audit import audit
from probed.engine.rules import Rules
from probed.engine.suppression import AlertChange, AlertListener
from probed.engine.telling import Telling
from probed.errors import Conflict, ParameterError
from probed.ports import Actor, Clock, Transaction

LONGEST_S = 366 * 86400.0
AGAIN = timedelta(seconds=60)
"""How soon to look again at one that would lapse without a word."""


class Acknowledgements:
    def __init__(self, telling: Telling, listeners: Sequence[AlertListener], clock: Clock, rules: Rules) -> None:
        self._telling, self._listeners, self._clock, self._rules = telling, listeners, clock, rules

    async def acknowledge(self, tx: Transaction, alert: Alert, by: Actor, for_s: float | None) -> Alert:
        """Raises Conflict, ParameterError."""
        if for_s is not None and not 0 < for_s <= LONGEST_S:
            raise ParameterError("for_s", "an acknowledgement lasts longer than nothing and no longer than a year")
        now = self._clock.now()
        until = now + timedelta(seconds=for_s) if for_s is not None else None
        acknowledged = alerts.acknowledge(alert, by.name, now, until)
        if acknowledged is None:
            raise Conflict(phrase("alert {id} is {state} already", id=alert.id, state=alert.state))
        await tx.alerts.save(acknowledged)
        for listener in self._listeners:
            await listener.alerts_changed(tx, [AlertChange(alert, acknowledged)])
        end = f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""
        await audit(tx, by, alert.id, f"acknowledged{end}: {alert.summary}")
        await tx.stream.publish("alert.changed", alert.id, {"state": "acknowledged", "by": by.name})
        return acknowledged

    async def lapse_due(self, tx: Transaction, now: datetime) -> None:
        """Those that nobody looks after any more are told again; what is not to be told now lapses afterwards."""
        lapsing = await tx.alerts.lapsing(now)
        held = await self._telling.untellable(tx, lapsing, now) if lapsing else {}
        for alert in lapsing:
            if alert.id in held:
                await tx.alerts.save(replace(alert, acknowledged_until=now + AGAIN))
            elif fires := alerts.lapse(alert, now):
                await self._lapse(tx, alert, fires)

    async def _lapse(self, tx: Transaction, alert: Alert, fires: Alert) -> None:
        await tx.alerts.save(fires)
        for listener in self._listeners:
            await listener.alerts_changed(tx, [AlertChange(alert, fires)])
        await tx.ledger.append("note", "cortex", alert.id, f"acknowledgement lapsed: {alert.summary}")
        await tx.stream.publish("alert.changed", alert.id, {"state": str(fires.state), "summary": fires.summary})
        await self._telling.tell(tx, fires, cards.lapsed_card(self._rules.host, fires, alert.acknowledged_by))

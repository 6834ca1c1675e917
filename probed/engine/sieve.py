"""Sifts the alerts of a group before it is told: what is held back, with the reason, and what nobody has to hear of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from probed.core.alert import Alert, AlertState
from probed.core.hold import Hold
from probed.engine.suppression import Annotator, Suppressor, suppressed_by
from probed.ports import Transaction

HELD = "held back"
"""The annotation that says why an alert is not told."""


@dataclass(frozen=True, slots=True)
class Sifted:
    tellable: tuple[Alert, ...]
    """With what there is to add to them."""
    held: Mapping[str, str]
    """Ids, each with why: nothing that was told of them changes for now."""
    missed: tuple[Alert, ...]
    """They came and went while they were held back: there is nothing to tell of them."""


class Sieve:
    def __init__(self, suppressors: Sequence[Suppressor] = (), annotators: Sequence[Annotator] = ()) -> None:
        self._suppressors, self._annotators = suppressors, annotators

    async def sift(
        self, tx: Transaction, alerts: Sequence[Alert], is_told: Callable[[Alert], bool], now: datetime
    ) -> Sifted:
        """`is_told`: whether the alert's group has told that it fires."""
        reasons = await suppressed_by(self._suppressors, tx, alerts, now)
        known = await tx.holds.of([alert.id for alert in alerts])
        held = tuple(alert for alert in alerts if alert.id in reasons)
        for alert in held:
            before = known.get(alert.id)
            if before is None or before.reason != reasons[alert.id]:
                since, was_told = (before.since, before.was_told) if before else (now, is_told(alert))
                await tx.holds.save(Hold(alert.id, reasons[alert.id], since, was_told))
                await tx.alerts.save(_annotated(alert, reasons[alert.id]))
        if released := [alert_id for alert_id in known if alert_id not in reasons]:
            await tx.holds.remove(released)
        missed_ids = {alert_id for alert_id in released if not known[alert_id].was_told}
        missed = tuple(alert for alert in alerts if alert.id in missed_ids and alert.state is AlertState.RESOLVED)
        gone = {alert.id for alert in (*held, *missed)}
        tellable: Sequence[Alert] = [
            await self._released(tx, alert) if alert.id in released else alert
            for alert in alerts
            if alert.id not in gone
        ]
        for annotator in self._annotators:
            tellable = await annotator.annotated(tx, tellable, now)
        return Sifted(tuple(tellable), reasons, missed)

    async def _released(self, tx: Transaction, alert: Alert) -> Alert:
        free = _annotated(alert, "")
        await tx.alerts.save(free)
        return free


def _annotated(alert: Alert, reason: str) -> Alert:
    """With the reason where a person looks at the alert."""
    rest = {name: text for name, text in alert.annotations.items() if name != HELD}
    return replace(alert, annotations={**rest, HELD: reason} if reason else rest)

"""Sifts the alerts of a group before it is told: what is held back, with the reason, and what nobody has to hear of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from probed.core.alert import Alert, AlertState
from probed.core.hold import Hold
from probed.core.silence import Silencing
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
        await self._hold(tx, held, reasons, known, now)
        if released := [hold.alert_id for hold in known.values() if hold.reason and hold.alert_id not in reasons]:
            await tx.holds.let_go(released)
        missed = tuple(
            alert
            for alert in alerts
            if alert.id in known and alert.id not in reasons
            if alert.state is AlertState.RESOLVED and not is_told(alert)
        )
        gone = {alert.id for alert in (*held, *missed)}
        tellable = tuple(alert for alert in alerts if alert.id not in gone)
        tellable = await self._released(tx, tellable, frozenset(released))
        for annotator in self._annotators:
            tellable = tuple(await annotator.annotated(tx, tellable, now))
        return Sifted(tellable, reasons, missed)

    async def _hold(
        self,
        tx: Transaction,
        held: Sequence[Alert],
        reasons: Mapping[str, str],
        known: Mapping[str, Hold],
        now: datetime,
    ) -> None:
        news = [alert for alert in held if alert.id not in known or known[alert.id].reason != reasons[alert.id]]
        await tx.holds.save_all([Hold(alert.id, reasons[alert.id], now) for alert in news])
        await tx.alerts.save_all([held_back(alert, reasons[alert.id]) for alert in news])

    async def _released(self, tx: Transaction, alerts: Sequence[Alert], ids: Collection[str]) -> tuple[Alert, ...]:
        free = {alert.id: held_back(alert, "") for alert in alerts if alert.id in ids}
        await tx.alerts.save_all(list(free.values()))
        return tuple(free.get(alert.id, alert) for alert in alerts)


def why_untold(alert: Alert, silencing: Silencing) -> str:
    """What keeps an open alert from being told for now, as its last flush found it; empty where nothing does."""
    if alert.state is AlertState.RESOLVED:
        return ""
    silences = silencing.ids_of(alert.labels)
    return f"silenced by {', '.join(silences)}" if silences else alert.annotations.get(HELD, "")


def held_back(alert: Alert, reason: str) -> Alert:
    """With the reason where a person looks at the alert."""
    rest = {name: text for name, text in alert.annotations.items() if name != HELD}
    return replace(alert, annotations={**rest, HELD: reason} if reason else rest)

"""Sifts the alerts of a group before it is told: what may be told now, and what is held back, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from probed.core.alert import Alert, AlertState
from probed.core.hold import Hold
from probed.engine.suppression import Suppressor, suppressed_by
from probed.ports import Transaction


@dataclass(frozen=True, slots=True)
class Sifted:
    tellable: tuple[Alert, ...]
    held: tuple[Alert, ...]
    """Nothing that was told of them changes for now."""
    missed: tuple[Alert, ...]
    """They came and went while they were held back: there is nothing to tell of them."""


async def sift(
    suppressors: Sequence[Suppressor],
    tx: Transaction,
    alerts: Sequence[Alert],
    is_told: Callable[[Alert], bool],
    now: datetime,
) -> Sifted:
    """`is_told`: whether its group has told that the alert fires."""
    reasons = await suppressed_by(suppressors, tx, alerts, now)
    known = await tx.holds.of([alert.id for alert in alerts])
    held = tuple(alert for alert in alerts if alert.id in reasons)
    for alert in held:
        before = known.get(alert.id)
        if before is None or before.reason != reasons[alert.id]:
            since, was_told = (before.since, before.was_told) if before else (now, is_told(alert))
            await tx.holds.save(Hold(alert.id, reasons[alert.id], since, was_told))
    missed = tuple(
        alert
        for alert in alerts
        if alert.id not in reasons
        and alert.state is AlertState.RESOLVED
        and (hold := known.get(alert.id))
        and not hold.was_told
    )
    if released := [alert_id for alert_id in known if alert_id not in reasons]:
        await tx.holds.remove(released)
    gone = {alert.id for alert in (*held, *missed)}
    return Sifted(tuple(alert for alert in alerts if alert.id not in gone), held, missed)

"""What other parts of the engine may say about alerts: hear of every change, and keep some from being told for now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from probed.core.alert import Alert
from probed.ports import Transaction


class AlertListener(Protocol):
    async def alert_changed(self, tx: Transaction, before: Alert | None, after: Alert) -> None:
        """Called in the transaction that stores the change; `before` is None for a new alert."""


class Suppressor(Protocol):
    async def suppressed(self, tx: Transaction, alerts: Sequence[Alert], now: datetime) -> Mapping[str, str]:
        """Ids of those alerts that are not told now, each with why. Asked at each flush, after inhibition, times and
        silences."""


class Annotator(Protocol):
    async def annotated(self, tx: Transaction, alerts: Sequence[Alert], now: datetime) -> Sequence[Alert]:
        """The alerts, which are about to be told, in the same order, with what there is to add to some of them."""


async def suppressed_by(
    suppressors: Sequence[Suppressor], tx: Transaction, alerts: Sequence[Alert], now: datetime
) -> Mapping[str, str]:
    """Ids of the alerts that one of them keeps from being told now, each with the first reason."""
    held: dict[str, str] = {}
    for suppressor in suppressors:
        held.update(await suppressor.suppressed(tx, [alert for alert in alerts if alert.id not in held], now))
    return held

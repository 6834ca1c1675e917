"""Tells of single alerts outside of their group's rhythm: that one flaps, that nobody looks after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from probed.core.alert import Alert, AlertState
from probed.core.card import Card
from probed.engine.outbox import Outbox
from probed.engine.suppression import Suppressor, suppressed_by
from probed.ports import Transaction


class Telling:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.suppressors: Sequence[Suppressor] = ()
        """Those that hold for such a message, too."""

    async def why_not(self, tx: Transaction, alert: Alert, now: datetime) -> str:
        """Why nothing is told about this alert now; empty where it may be."""
        return (await suppressed_by(self.suppressors, tx, [alert], now)).get(alert.id, "")

    async def tell(self, tx: Transaction, alert: Alert, card: Card, recipients: Sequence[str] | None = None) -> None:
        await self._outbox.post(tx, alert.id, card, recipients)

    async def count_as_told(self, tx: Transaction, alert: Alert) -> None:
        """A message of another kind has said how the alert is now: its group has no news of it."""
        keys = (await tx.groups.memberships([alert.id])).get(alert.id, frozenset())
        records = await tx.records.of_groups(keys)
        if alert.state is not AlertState.RESOLVED:
            told = [replace(record, firing=record.firing | {alert.news_key}) for record in records]
        else:
            told = [replace(record, firing=_without(record.firing, alert)) for record in records]
            for key in {record.group_key for record in records}:
                same = [other.id for other in await tx.alerts.of_group(key) if other.fingerprint == alert.fingerprint]
                await tx.groups.drop_members(key, same)
        await tx.records.save_all(told)


def _without(news_keys: frozenset[str], alert: Alert) -> frozenset[str]:
    return frozenset(key for key in news_keys if not key.startswith(alert.fingerprint))

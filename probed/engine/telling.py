"""Tells of single alerts outside of their group's rhythm: that one flaps, that nobody looks after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from probed.core.alert import Alert, AlertState
from probed.core.card import Card
from probed.core.group import Group, Record
from probed.core.silence import Silencing
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
        if silences := Silencing(await tx.silences.unexpired(now), now).ids_of(alert.labels):
            return f"silenced by {', '.join(silences)}"
        return (await suppressed_by(self.suppressors, tx, [alert], now)).get(alert.id, "")

    async def tell(self, tx: Transaction, alert: Alert, card: Card, recipients: Sequence[str] | None = None) -> None:
        """Whoever the routes name, unless `recipients` are given."""
        whom = self._outbox.rules.recipients_for(alert.labels) if recipients is None else recipients
        await self.post(tx, alert.id, card, whom)

    async def post(self, tx: Transaction, subject: str, card: Card, recipients: Sequence[str]) -> None:
        await self._outbox.post(tx, subject, card, recipients)

    async def count_as_told(self, tx: Transaction, alert: Alert, now: datetime) -> None:
        """A message of another kind has said to people how the alert is now: its groups have no news of it for them."""
        for key in (await tx.groups.memberships([alert.id])).get(alert.id, frozenset()):
            group = await tx.groups.get(key)
            if group is None:
                continue
            records = await self._records_of(tx, group, now)
            if alert.state is not AlertState.RESOLVED:
                told = [replace(record, firing=record.firing | {alert.news_key}) for record in records]
                await tx.groups.save(replace(group, told_at=now))
            else:
                told = [replace(record, firing=_without(record.firing, alert)) for record in records]
                same = [other.id for other in await tx.alerts.of_group(key) if other.fingerprint == alert.fingerprint]
                await tx.groups.drop_members(key, same)
            await tx.records.save_all(told)

    async def _records_of(self, tx: Transaction, group: Group, now: datetime) -> Sequence[Record]:
        """What people were told of the group; those who were told nothing yet have an empty record."""
        routing = self._outbox.rules.routing
        route = routing.route(group.route_key)
        known = {record.recipient: record for record in await tx.records.of_groups([group.key])}
        fresh = Record(group.key, route.receiver, "", frozenset(), frozenset(), now)
        return [known.get(name) or replace(fresh, recipient=name) for name in routing.people_of(route)]


def _without(news_keys: frozenset[str], alert: Alert) -> frozenset[str]:
    return frozenset(key for key in news_keys if not key.startswith(alert.fingerprint))

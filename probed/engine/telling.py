"""Tells of single alerts outside of their group's rhythm: that one flaps, that nobody looks after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from probed.core.alert import Alert, AlertState
from probed.core.card import Card
from probed.core.group import Group, Record
from probed.core.notification import Notification
from probed.core.silence import Silencing
from probed.engine.notify import told_alert
from probed.engine.outbox import Outbox
from probed.engine.suppression import Suppressor, inhibition_among, suppressed_by, why_silenced
from probed.ports import Transaction


class Telling:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.suppressors: Sequence[Suppressor] = ()
        """Those that hold for such a message, too."""

    async def why_not(self, tx: Transaction, alert: Alert, now: datetime) -> str:
        """Why nothing is told about this alert now; empty where it may be."""
        return (await self.untellable(tx, [alert], now)).get(alert.id, "")

    async def untellable(self, tx: Transaction, alerts: Sequence[Alert], now: datetime) -> Mapping[str, str]:
        """Ids of those about which nothing is told now, each with why."""
        silencing = Silencing(await tx.silences.unexpired(now), now)
        inhibition = await inhibition_among(tx, self._outbox.rules.routing, alerts)
        silenced = {alert.id: why for alert in alerts if (why := why_silenced(alert, silencing, inhibition))}
        others = [alert for alert in alerts if alert.id not in silenced]
        return {**silenced, **await suppressed_by(self.suppressors, tx, others, now)}

    async def is_told(self, tx: Transaction, alert: Alert) -> bool:
        """Whether anybody has heard of it, as bad as it is."""
        keys = (await tx.groups.memberships([alert.id])).get(alert.id, frozenset())
        return any(alert.is_told_in(record.firing) for record in await tx.records.of_groups(keys))

    async def tell(self, tx: Transaction, alert: Alert, card: Card) -> None:
        """Whoever the routes name."""
        await self.post(tx, alert.id, card, self._outbox.rules.recipients_for(alert.labels))

    async def tell_receiver(
        self, tx: Transaction, alert: Alert, card: Card, receiver: str, recipients: Sequence[str]
    ) -> None:
        """These, whatever the routes say; a program is told the alert as it is."""
        programs = [name for name in recipients if self._outbox.is_program(name)]
        root = self._outbox.rules.routing.root
        notification = Notification(receiver, root.group_key(alert.labels), alert.labels, (told_alert(alert),))
        await self.post(tx, alert.id, card, [name for name in recipients if name not in programs])
        await self.post(tx, alert.id, replace(card, notification=notification), programs)

    async def post(self, tx: Transaction, subject: str, card: Card, recipients: Sequence[str]) -> None:
        await self._outbox.post(tx, subject, card, recipients)

    async def count_as_told(self, tx: Transaction, alerts: Sequence[Alert], now: datetime) -> None:
        """A message of another kind has said to people how the alerts are now: their groups have no news of them for
        people. Programs were told nothing."""
        memberships = await tx.groups.memberships([alert.id for alert in alerts])
        groups = await tx.groups.get_all(frozenset[str]().union(*memberships.values()))
        known = {(each.group_key, each.recipient): each for each in await tx.records.of_groups(groups)}
        for group in groups.values():
            own = [alert for alert in alerts if group.key in memberships.get(alert.id, ())]
            fresh = self._records_of(group, known, now)
            await tx.records.save_all([_with_news(record, own) for record in fresh])
            if any(alert.state is not AlertState.RESOLVED for alert in own):
                await tx.groups.save(replace(group, told_at=now))

    def _records_of(self, group: Group, known: Mapping[tuple[str, str], Record], now: datetime) -> Sequence[Record]:
        """What people were told of the group; those who were told nothing yet have an empty record."""
        routing = self._outbox.rules.routing
        route = routing.route(group.route_key)
        fresh = Record(group.key, route.receiver, "", frozenset(), frozenset(), now)
        return [known.get((group.key, name)) or replace(fresh, recipient=name) for name in routing.people_of(route)]


def _with_news(record: Record, alerts: Sequence[Alert]) -> Record:
    """After its recipient heard how the alerts are now."""
    told = frozenset(alert.fingerprint for alert in alerts)
    firing, resolved = (
        frozenset(key for key in keys if key.rpartition(":")[0] not in told)
        for keys in (record.firing, record.resolved)
    )
    over = frozenset(alert.news_key for alert in alerts if alert.state is AlertState.RESOLVED)
    return replace(
        record,
        firing=firing | (frozenset(alert.news_key for alert in alerts) - over),
        resolved=resolved | over,
    )

"""Tells the groups whose timer is due: who hears of what, and what is held back, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from probed.core.alert import Alert, AlertState
from probed.core.dependency import IMPACT
from probed.core.effect import EffectState, QueuedEffect
from probed.core.group import Announcement, Flush, Group, Held, Record, Target, flush
from probed.core.notification import Notification, ToldAlert
from probed.core.route import Route
from probed.core.silence import Silencing
from probed.engine import cards
from probed.engine.deliver import UNTIL, has_lapsed, lapsed
from probed.engine.marking import mark_alerts
from probed.engine.outbox import NOTHING_MORE, Outbox
from probed.engine.rules import Rules
from probed.engine.sieve import Sieve, Sifted
from probed.engine.suppression import inhibition_among, why_silenced
from probed.ports import Transaction

MOST_GROUPS_AT_ONCE = 100
PENDING = "pending"
"""Where a message keeps what is recorded once it has arrived."""
SHORTEST_FLUSH = timedelta(seconds=10)
"""Alertmanager tries that long, even where groups are flushed more often."""

Told = dict[tuple[str, str, str], Record]


class Notifier:
    def __init__(self, outbox: Outbox, rules: Rules, sieve: Sieve) -> None:
        self._outbox, self.rules, self._sieve = outbox, rules, sieve

    async def flush_due(self, tx: Transaction, now: datetime) -> bool:
        """Returns whether more groups may be due: they have a transaction of their own."""
        groups = await tx.groups.due(now, MOST_GROUPS_AT_ONCE)
        ready = [group for group in groups if not await self._waits(tx, group, now)] if self._is_strict else groups
        await self.flush(tx, ready, now)
        return len(groups) == MOST_GROUPS_AT_ONCE

    async def flush(
        self, tx: Transaction, groups: Sequence[Group], now: datetime, *, silent: bool = False
    ) -> Sequence[Flush]:
        """Flush these groups and queue their messages; `silent`: whoever asks tells it, and all of it."""
        found = [(group, await tx.alerts.of_group(group.key)) for group in groups]
        told = {(each.group_key, each.receiver, each.recipient): each for each in await self._records(tx, groups)}
        silencing = Silencing(await tx.silences.unexpired(now), now)
        inhibition = await inhibition_among(tx, self.rules.routing, [alert for _, alerts in found for alert in alerts])
        results = []
        for group, alerts in found:
            targets = self._targets(group, told)
            silenced = {alert.id: why for alert in alerts if (why := why_silenced(alert, silencing, inhibition))}
            whole = Sifted(tuple(alerts), {}, ())
            sifted = whole if silent else await self._sifted(tx, group, alerts, silenced, targets, now)
            result = await self._flush(tx, group, sifted, targets, silenced, now)
            results.append(result)
            if not silent:
                await self._post(tx, group, result)
                await self._mark(tx, alerts, sifted, result)
        await tx.groups.save_all([result.group for result in results])
        return results

    def route_of(self, group: Group) -> Route:
        return self.rules.routing.route(group.route_key)

    async def _flush(
        self,
        tx: Transaction,
        group: Group,
        sifted: Sifted,
        targets: Sequence[Target],
        silenced: Mapping[str, str],
        now: datetime,
    ) -> Flush:
        timing, held = self.route_of(group).timing, Held(silenced, sifted.held)
        result = flush(group, sifted.tellable, targets, now, timing, held, strict=self._is_strict)
        if self._is_strict and any(announcement.is_message for announcement in result.announcements):
            return await self._begin(tx, result)
        await tx.records.save_all([*(announcement.record for announcement in result.announcements), *result.cleared])
        await tx.groups.drop_members(group.key, [alert.id for alert in (*result.done, *sifted.missed)])
        return result

    def _targets(self, group: Group, told: Told) -> Sequence[Target]:
        receiver = self.route_of(group).receiver
        return [
            Target(
                receiver,
                integration.recipient,
                integration.send_resolved,
                told.get((group.key, receiver, integration.recipient)),
            )
            for integration in self.rules.routing.receivers.get(receiver, ())
        ]

    async def _records(self, tx: Transaction, groups: Sequence[Group]) -> Sequence[Record]:
        return await tx.records.of_groups([group.key for group in groups]) if groups else ()

    # --- what is held back --------------------------------------------------------------------------------------------

    async def _sifted(
        self,
        tx: Transaction,
        group: Group,
        alerts: Sequence[Alert],
        silenced: Mapping[str, str],
        targets: Sequence[Target],
        now: datetime,
    ) -> Sifted:
        """With those that are held back, in their order."""
        if muted := self.rules.routing.muted_at(self.route_of(group), now):
            return Sifted(tuple(alerts), dict.fromkeys((alert.id for alert in alerts), muted), ())
        if self._is_strict:
            return Sifted(tuple(alerts), {}, ())
        told = [target.record.firing for target in targets if target.record]
        sifted = await self._sieve.sift(
            tx,
            [alert for alert in alerts if alert.id not in silenced],
            lambda alert: any(alert.is_told_in(firing) for firing in told),
            now,
        )
        missed = {alert.id for alert in sifted.missed}
        annotated = {alert.id: alert for alert in sifted.tellable}
        left = tuple(annotated.get(alert.id, alert) for alert in alerts if alert.id not in missed)
        return Sifted(left, sifted.held, sifted.missed)

    # --- messages -----------------------------------------------------------------------------------------------------

    async def _post(self, tx: Transaction, group: Group, result: Flush) -> None:
        """The same words for all who hear the same."""
        route, announcements = self.route_of(group), result.announcements
        programs = {each.recipient for each in self.rules.routing.receivers.get(route.receiver, ()) if each.is_program}
        for same in _alike([announcement for announcement in announcements if announcement.is_message]):
            card = cards.alert_card(self.rules.host, same[0], can_ask=self.rules.has_model)
            told = replace(card, notification=notification_of(group, route, same[0])) if programs else card
            for announcement in same:
                form = told if announcement.recipient in programs else card
                extra = self._pending(group, route, announcement, result) if self._is_strict else NOTHING_MORE
                await self._outbox.post(tx, group.key, form, [announcement.recipient], extra)

    async def _mark(self, tx: Transaction, alerts: Sequence[Alert], sifted: Sifted, result: Flush) -> None:
        """What has been told shows what depends on it by now, and no one is notified of that."""
        before = {alert.id: alert.annotations.get(IMPACT, "") for alert in alerts}
        grown = [alert for alert in sifted.tellable if alert.annotations.get(IMPACT, "") != before[alert.id]]
        if grown and not any(announcement.is_message for announcement in result.announcements):
            await mark_alerts(tx, self._outbox, grown)

    # --- in strict mode ---------------------------------------------------------------------------------------------

    @property
    def _is_strict(self) -> bool:
        return self.rules.routing.is_strict

    async def _waits(self, tx: Transaction, group: Group, now: datetime) -> bool:
        """Alertmanager's flush lasts until its messages have arrived or lapsed; the next one follows at once."""
        ends_at = now
        for message in await tx.effects.undelivered_about(group.key):
            if has_lapsed(message, now):
                if message.state is not EffectState.STARTED:
                    await tx.effects.save(lapsed(message, now))
            elif UNTIL in message.payload:
                ends_at = max(ends_at, datetime.fromisoformat(str(message.payload[UNTIL])))
        if ends_at > now:
            await tx.groups.save(replace(group, next_flush_at=ends_at))
        return ends_at > now

    async def _begin(self, tx: Transaction, result: Flush) -> Flush:
        """Nothing counts as told before it has arrived; what needs no message does."""
        silent = [each.record for each in result.announcements if not each.is_message]
        await tx.records.save_all(silent)
        interval = timedelta(seconds=self.route_of(result.group).timing.interval_s)
        group = replace(
            result.group, next_flush_at=next(iter(result.announcements)).record.told_at + interval, emptied_at=None
        )
        return replace(result, group=group)

    def _pending(self, group: Group, route: Route, announcement: Announcement, result: Flush) -> Mapping[str, object]:
        interval = timedelta(seconds=route.timing.interval_s)
        began_at = announcement.record.told_at
        return {
            UNTIL: (began_at + max(interval, SHORTEST_FLUSH)).isoformat(),
            PENDING: {
                "record": announcement.record.to_payload(),
                "began_at": began_at.isoformat(),
                "done": {alert.id: alert.updated_at.isoformat() for alert in result.done},
                "recipients": [each.recipient for each in result.announcements if each.is_message],
            },
        }

    async def delivered(self, tx: Transaction, message: QueuedEffect) -> None:
        """What was pending is so now; the group lets go what all have been told resolved and what did not change
        meanwhile."""
        pending = cast("Mapping[str, Any] | None", message.payload.get(PENDING))
        now = message.ended_at
        if pending is None or now is None or has_lapsed(message, now):
            return
        record = Record.from_payload(pending["record"], now)
        await tx.records.save_all([record])
        group = await tx.groups.get(record.group_key)
        began_at = datetime.fromisoformat(pending["began_at"])
        if group is None or await tx.effects.undelivered_about(group.key):
            return
        if not await self._was_told_to(tx, record, pending["recipients"], began_at):
            return
        alerts, done = await tx.alerts.of_group(group.key), pending["done"]
        over = [alert.id for alert in alerts if _is_told(alert, done)]
        await tx.groups.drop_members(group.key, over)
        next_at = max(began_at + timedelta(seconds=self.route_of(group).timing.interval_s), now)
        if len(over) == len(alerts):
            await tx.groups.save(replace(group, next_flush_at=None, emptied_at=began_at))
        else:
            await tx.groups.save(replace(group, next_flush_at=next_at))

    async def _was_told_to(self, tx: Transaction, record: Record, recipients: Sequence[str], since: datetime) -> bool:
        """Whether the flush of `since` has arrived everywhere: whom it has not reached hears of it at the next."""
        told = {
            each.recipient
            for each in await tx.records.of_groups([record.group_key])
            if each.receiver == record.receiver and each.told_at >= since
        }
        return told.issuperset(recipients)


def _is_told(alert: Alert, done: Mapping[str, str]) -> bool:
    return alert.state is AlertState.RESOLVED and done.get(alert.id) == alert.updated_at.isoformat()


def notification_of(group: Group, route: Route, announcement: Announcement) -> Notification:
    """In Alertmanager's order: by job, instance, then all labels."""
    alerts = sorted((*announcement.firing, *announcement.resolved), key=_order)
    return Notification(route.receiver, route.told_key(group.labels), group.labels, tuple(map(told_alert, alerts)))


def told_alert(alert: Alert) -> ToldAlert:
    is_over = alert.state is AlertState.RESOLVED
    return ToldAlert(
        status="resolved" if is_over else "firing",
        labels=alert.labels,
        annotations=alert.annotations if alert.is_external else {"summary": alert.summary, **alert.annotations},
        starts_at=alert.starts_at,
        ends_at=(alert.ends_at or alert.updated_at) if is_over else None,
        fingerprint=alert.fingerprint,
        generator_url=alert.generator_url,
    )


def _order(alert: Alert) -> tuple[str, str, list[tuple[str, str]]]:
    return alert.labels.get("job", ""), alert.labels.get("instance", ""), sorted(alert.labels.items())


def _alike(announcements: Sequence[Announcement]) -> Sequence[Sequence[Announcement]]:
    found: list[list[Announcement]] = []
    for announcement in announcements:
        for same in found:
            first = same[0]
            if (first.reason, first.firing, first.resolved) == (
                announcement.reason,
                announcement.firing,
                announcement.resolved,
            ):
                same.append(announcement)
                break
        else:
            found.append([announcement])
    return found

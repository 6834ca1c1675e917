"""Tells the groups whose timer is due: who hears of what, and what is held back, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from probed.core.alert import Alert, AlertState
from probed.core.group import Announcement, Flush, Group, Held, Record, Target, flush
from probed.core.inhibition import Inhibition, InhibitRule
from probed.core.matcher import MatchOp, matches_all
from probed.core.notification import Notification, ToldAlert
from probed.core.route import Route
from probed.core.silence import Silencing
from probed.engine import cards
from probed.engine.outbox import Outbox
from probed.engine.rules import Rules
from probed.engine.sieve import Sieve, Sifted
from probed.ports import Transaction

MOST_GROUPS_AT_ONCE = 100

Found = Sequence[tuple[Group, Sequence[Alert]]]
Told = dict[tuple[str, str, str], Record]


class Notifier:
    def __init__(self, outbox: Outbox, rules: Rules, sieve: Sieve) -> None:
        self._outbox, self.rules, self._sieve = outbox, rules, sieve

    async def flush_due(self, tx: Transaction, now: datetime) -> bool:
        """Returns whether more groups may be due: they have a transaction of their own."""
        groups = await tx.groups.due(now, MOST_GROUPS_AT_ONCE)
        await self.flush(tx, groups, now)
        return len(groups) == MOST_GROUPS_AT_ONCE

    async def flush(
        self, tx: Transaction, groups: Sequence[Group], now: datetime, *, silent: bool = False
    ) -> Sequence[Flush]:
        """Flush these groups and queue their messages; `silent`: whoever asks tells it."""
        found = [(group, await tx.alerts.of_group(group.key)) for group in groups]
        told = {(each.group_key, each.receiver, each.recipient): each for each in await self._records(tx, groups)}
        silencing = Silencing(await tx.silences.unexpired(now), now)
        inhibition = await self._inhibition(tx, found)
        results = []
        for group, alerts in found:
            targets = self._targets(group, told)
            silenced = {alert.id: why for alert in alerts if (why := _why_silenced(alert, silencing, inhibition))}
            sifted = await self._sifted(tx, group, alerts, silenced, targets, now)
            result = await self._flush(tx, group, sifted, targets, silenced, now)
            results.append(result)
            if not silent:
                await self._post(tx, group, self.route_of(group), result.announcements)
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
        timing, strict = self.route_of(group).timing, self.rules.routing.is_strict
        result = flush(group, sifted.tellable, targets, now, timing, Held(silenced, sifted.held), strict=strict)
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
        if self.rules.routing.is_strict:
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

    async def _inhibition(self, tx: Transaction, found: Found) -> Inhibition:
        """Only what a rule could mute is worth looking for what mutes it."""
        rules = [
            rule
            for rule in self.rules.routing.inhibit_rules
            if any(matches_all(rule.target, alert.labels) for _, alerts in found for alert in alerts)
        ]
        firing: dict[str, Alert] = {}
        for rule in rules:
            firing |= {alert.id: alert for alert in await tx.alerts.open_with(_wanted(rule))}
        return Inhibition.of(rules, firing.values())

    # --- messages -----------------------------------------------------------------------------------------------------

    async def _post(self, tx: Transaction, group: Group, route: Route, announcements: Sequence[Announcement]) -> None:
        """The same words for all who hear the same."""
        programs = {each.recipient for each in self.rules.routing.receivers.get(route.receiver, ()) if each.is_program}
        for same in _alike([announcement for announcement in announcements if announcement.is_message]):
            card = cards.alert_card(self.rules.host, same[0])
            people = [announcement.recipient for announcement in same if announcement.recipient not in programs]
            await self._outbox.post(tx, group.key, card, people)
            if machines := [announcement.recipient for announcement in same if announcement.recipient in programs]:
                told = replace(card, notification=notification_of(group, route, same[0]))
                await self._outbox.post(tx, group.key, told, machines)


def notification_of(group: Group, route: Route, announcement: Announcement) -> Notification:
    """In Alertmanager's order: by job, instance, then all labels."""
    alerts = sorted((*announcement.firing, *announcement.resolved), key=_order)
    return Notification(route.receiver, group.key, group.labels, tuple(map(_told, alerts)))


def _told(alert: Alert) -> ToldAlert:
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


def _why_silenced(alert: Alert, silencing: Silencing, inhibition: Inhibition) -> str:
    if inhibitor := inhibition.inhibitor_of(alert.labels):
        return f"inhibited by {inhibitor}"
    silences = silencing.ids_of(alert.labels)
    return f"silenced by {', '.join(silences)}" if silences else ""


def _wanted(rule: InhibitRule) -> Mapping[str, str]:
    """The labels that a source of the rule has for certain."""
    return {matcher.name: matcher.value for matcher in rule.source if matcher.op is MatchOp.EQUAL}

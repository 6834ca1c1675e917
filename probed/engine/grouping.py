"""Puts alerts into the groups of the routes that take them, and wakes those groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from probed.core.alert import Alert, AlertState
from probed.core.group import Group, wake, wake_strictly
from probed.core.route import ALL_LABELS, Route
from probed.engine.deliver import lapsed
from probed.engine.rules import Rules
from probed.ports import Clock, Transaction

FIRST_SWEEP = "first-sweep"
"""Key of the group that takes what a new installation finds at its first look; it is told once, as a whole."""
MOST_AT_ONCE = 500


@dataclass(slots=True)
class _Moves:
    """What has to be stored."""

    known: Mapping[str, Group]
    memberships: Mapping[str, frozenset[str]]
    changed: dict[str, Group] = field(default_factory=dict)
    members: list[tuple[str, str]] = field(default_factory=list)

    def group(self, key: str) -> Group | None:
        return self.changed.get(key) or self.known.get(key)


class Grouping:
    def __init__(self, clock: Clock, rules: Rules) -> None:
        self._clock, self.rules = clock, rules
        self._began_at = clock.now()

    async def admit(self, tx: Transaction, alerts: Sequence[Alert], now: datetime) -> None:
        """Every alert into all its groups. One that has resolved changes those that it is in."""
        places = {alert.id: self._places(alert) for alert in alerts}
        memberships = await tx.groups.memberships(places)
        keys = {key for found in places.values() for key in found}.union(*memberships.values())
        moves = _Moves(await tx.groups.get_all(keys), memberships)
        for alert in alerts:
            self._move(moves, alert, places[alert.id], now)
        await tx.groups.save_all(list(moves.changed.values()))
        await tx.groups.add_members(moves.members)

    async def admit_to_first_sweep(self, tx: Transaction, alert: Alert) -> None:
        """Into the group that sleeps until the first sweep is over."""
        if not await tx.groups.get(FIRST_SWEEP):
            await tx.groups.save(Group(FIRST_SWEEP, {}, self.rules.routing.root.key, next_flush_at=None))
        await tx.groups.add_members([(FIRST_SWEEP, alert.id)])

    async def wake_all_of(self, tx: Transaction, alert: Alert, now: datetime) -> None:
        """The groups that the alert is in."""
        keys = (await tx.groups.memberships([alert.id])).get(alert.id, frozenset())
        groups = await tx.groups.get_all(keys)
        await tx.groups.save_all([self._woken(group, alert, now) for group in groups.values()])

    async def rearrange(self, tx: Transaction) -> None:
        """After the routes have changed: groups that no route makes any more are dissolved, and all that is open finds
        its groups anew. What was told stays recorded, so a group that there was before is not told again."""
        self._began_at = self._clock.now()
        routes = {route.key for route in self.rules.routing.root.walk()}
        strict = self.rules.routing.is_strict
        groups = {group.key: group for group in await tx.groups.every() if group.key != FIRST_SWEEP}
        gone = [key for key, group in groups.items() if strict or group.route_key not in routes]
        for key in gone if strict else ():
            for message in await tx.effects.undelivered_about(key):
                await tx.effects.save(lapsed(message, self._began_at))
        untold = await self._over_in(tx, gone) if strict else ()
        await tx.groups.dissolve(gone)
        last: Alert | None = None
        while found := await tx.alerts.open_after(last, MOST_AT_ONCE):
            last = found[-1]
            await self._rearrange(tx, found, groups)
        await self.admit(tx, untold, self._began_at)

    async def _over_in(self, tx: Transaction, keys: Sequence[str]) -> Sequence[Alert]:
        """What has resolved and waits in these groups to be told so."""
        found = {alert.id: alert for key in keys for alert in await tx.alerts.of_group(key)}
        return [alert for alert in found.values() if alert.state is AlertState.RESOLVED]

    async def _rearrange(self, tx: Transaction, found: Sequence[Alert], groups: Mapping[str, Group]) -> None:
        memberships = await tx.groups.memberships([alert.id for alert in found])
        moving = [alert for alert in found if FIRST_SWEEP not in memberships.get(alert.id, ())]
        for alert in moving:
            places = self._places(alert)
            routes = {route.key for route in places.values()}
            for key in memberships.get(alert.id, frozenset()) - places.keys():
                if groups[key].route_key in routes:  # its route groups otherwise now
                    await tx.groups.drop_members(key, [alert.id])
        await self.admit(tx, moving, self._clock.now())

    def _move(self, moves: _Moves, alert: Alert, places: Mapping[str, Route], now: datetime) -> None:
        own = moves.memberships.get(alert.id, frozenset())
        is_over = alert.state is AlertState.RESOLVED
        for key, route in places.items():
            if is_over and key not in own and not self.rules.routing.is_strict:
                continue
            group = moves.group(key) or Group(key, route.group_labels(_grouped_by(alert, route)), route.key, None)
            self._save_if_changed(moves, group, self._woken(group, alert, now))
            if key not in own:
                moves.members.append((key, alert.id))
        for key in own - places.keys():
            if is_over and (known := moves.group(key)):
                self._save_if_changed(moves, known, self._woken(known, alert, now))

    def _save_if_changed(self, moves: _Moves, before: Group, after: Group) -> None:
        if after != before or before.key not in moves.known:
            moves.changed[after.key] = after

    def _places(self, alert: Alert) -> dict[str, Route]:
        """The groups that the routes make for the alert, by key."""
        routes = self.rules.routing.root.match(alert.labels)
        return {route.group_key(route.group_labels(_grouped_by(alert, route))): route for route in routes}

    def _woken(self, group: Group, alert: Alert, now: datetime) -> Group:
        timing = self.rules.routing.route(group.route_key).timing
        if self.rules.routing.is_strict:
            return wake_strictly(group, alert.starts_at, now, timing, self._began_at)
        return wake(group, alert.starts_at, now, timing)


def _grouped_by(alert: Alert, route: Route) -> Mapping[str, str]:
    """The severity of a case changes while it lasts: it makes no other group, unless a route asks for that."""
    if alert.is_external or "severity" in route.group_by or ALL_LABELS not in route.group_by:
        return alert.labels
    return {name: value for name, value in alert.labels.items() if name != "severity"}

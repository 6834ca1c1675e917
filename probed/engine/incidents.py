"""Puts alerts that belong together into one incident, and closes it with the last of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from probed.core.alert import Alert
from probed.core.dependency import blame, nodes_of, objects_of
from probed.core.incident import OBJECT, TOLD, Incident, belongs, counted, merged
from probed.engine.correlation import Correlation
from probed.engine.ids import Ids
from probed.engine.rules import Rules
from probed.engine.suppression import AlertChange
from probed.ports import Clock, Transaction


@dataclass(slots=True)
class _Sheet:
    """The incidents that some changes concern, and what has to be stored of them."""

    incidents: dict[str, Incident]
    by_key: dict[str, str]
    """Ids of incidents."""
    roots: dict[str, Alert]
    """By their ids, as far as they are kept."""
    changed: dict[str, Incident] = field(default_factory=dict)
    joined: dict[str, str] = field(default_factory=dict)
    """Ids of alerts, each with that of its incident."""
    keys: dict[str, str] = field(default_factory=dict)

    def keep(self, incident: Incident) -> None:
        self.incidents[incident.id] = self.changed[incident.id] = incident

    def related(self, keys: Iterable[str], now: datetime) -> list[Incident]:
        """The oldest first."""
        found = {key: self.incidents[self.by_key[key]] for key in keys if key in self.by_key}
        ids = {incident.id for key, incident in found.items() if belongs(incident, key, now)}
        return [self.incidents[incident_id] for incident_id in sorted(ids)]

    def join(self, alert: Alert, incident_id: str, keys: Iterable[str]) -> None:
        self.joined[alert.id] = incident_id
        self.keys |= dict.fromkeys(keys, incident_id)
        self.by_key |= dict.fromkeys(keys, incident_id)

    def merge(self, other: Incident, first: Incident) -> None:
        del self.incidents[other.id]
        self.by_key |= {key: first.id for key, incident_id in self.by_key.items() if incident_id == other.id}


class IncidentBook:
    """An AlertListener."""

    def __init__(self, correlation: Correlation, ids: Ids, clock: Clock, rules: Rules) -> None:
        self._correlation, self._ids, self._clock, self._rules = correlation, ids, clock, rules

    async def alerts_changed(self, tx: Transaction, changes: Sequence[AlertChange]) -> None:
        if self._rules.routing.is_strict:  # then alerts come from elsewhere, by the thousand, and so do incidents
            return
        known = await tx.incidents.of_alerts([change.after.id for change in changes])
        fresh = [change.after for change in changes if change.fires and change.after.id not in known]
        keys = await self._keys_of(tx, fresh)
        sheet = await self._sheet(tx, known, fresh, keys)
        now = self._clock.now()
        for change in changes:
            if incident := known.get(change.after.id):
                self._count(sheet, incident.id, change, now)
        for alert in fresh:
            await self._take_in(tx, sheet, alert, keys[alert.id], now)
        await self._store(tx, sheet)

    async def _sheet(
        self,
        tx: Transaction,
        known: Mapping[str, Incident],
        fresh: Sequence[Alert],
        keys: Mapping[str, Sequence[str]],
    ) -> _Sheet:
        wanted = {key for alert in fresh for key in (*keys[alert.id], *self._related(alert))}
        by_key = await tx.incidents.by_keys(wanted) if wanted else {}
        incidents = {incident.id: incident for incident in (*known.values(), *by_key.values())}
        roots = await tx.alerts.get_all([incident.root_id for incident in by_key.values()]) if by_key else {}
        return _Sheet(incidents, {key: incident.id for key, incident in by_key.items()}, dict(roots))

    def _count(self, sheet: _Sheet, incident_id: str, change: AlertChange, now: datetime) -> None:
        has_turned = change.fired != change.fires
        if has_turned or (change.before and change.before.severity is not change.after.severity):
            firing = int(change.fires) - int(change.fired)
            sheet.keep(counted(sheet.incidents[incident_id], 0, firing, change.after.severity, now))

    async def _take_in(self, tx: Transaction, sheet: _Sheet, alert: Alert, own: Sequence[str], now: datetime) -> None:
        related = sheet.related([*own, *self._related(alert)], now)
        if not related:
            incident = self._new(alert, now)
        else:
            first, *others = related
            whole = await self._merged(tx, sheet, first, others, now)
            incident = self._with_root(sheet, counted(whole, 1, 1, alert.severity, now), alert)
        sheet.keep(incident)
        sheet.roots[alert.id] = alert
        sheet.join(alert, incident.id, own)

    async def _merged(
        self, tx: Transaction, sheet: _Sheet, first: Incident, others: Sequence[Incident], now: datetime
    ) -> Incident:
        for other in others:
            await self._store(tx, sheet)
            first = merged(first, other, now)
            sheet.merge(other, first)
            await tx.incidents.move(other.id, first.id)
            await tx.ledger.append("note", "cortex", first.id, f"incident {other.id} is part of {first.id}")
        return first

    def _with_root(self, sheet: _Sheet, incident: Incident, alert: Alert) -> Incident:
        """The alert takes the root's place where that one goes back to it."""
        root = sheet.roots.get(incident.root_id)
        if root is None:  # it resolved so long ago that it is no longer kept
            return replace(incident, root_id=alert.id)
        if blame(self._correlation.graph, root, [alert]) is None:
            return incident
        return replace(incident, root_id=alert.id, title=alert.summary)

    async def _keys_of(self, tx: Transaction, alerts: Sequence[Alert]) -> Mapping[str, Sequence[str]]:
        """By which others find the incident of each of them."""
        groups = await tx.groups.memberships([alert.id for alert in alerts]) if alerts else {}
        return {alert.id: [*_object_key(alert), *_group_keys(groups.get(alert.id, frozenset()))] for alert in alerts}

    def _related(self, alert: Alert) -> list[str]:
        """Keys of what it depends on, and of what depends on it."""
        graph, nodes = self._correlation.graph, nodes_of(alert.labels)
        reached = {*graph.foundations(nodes), *graph.dependents(nodes)} if self._rules.correlates else set()
        return [f"{OBJECT}{object_}" for object_ in objects_of(reached, self._rules.host)] if reached else []

    def _new(self, alert: Alert, now: datetime) -> Incident:
        return Incident(self._ids.new(), alert.summary, alert.severity, alert.starts_at, now, root_id=alert.id)

    async def _store(self, tx: Transaction, sheet: _Sheet) -> None:
        await tx.incidents.save_all(list(sheet.changed.values()))
        await tx.incidents.join(sheet.joined)
        await tx.incidents.remember(sheet.keys)
        for incident in sheet.changed.values():
            data = {"state": str(incident.state), "severity": str(incident.severity), "summary": incident.title}
            await tx.stream.publish("incident.changed", incident.id, data)
        for stored in (sheet.changed, sheet.joined, sheet.keys):
            stored.clear()


def _object_key(alert: Alert) -> Sequence[str]:
    object_ = alert.labels.get("object", "")
    return [f"{OBJECT}{object_}"] if object_ else []


def _group_keys(groups: Iterable[str]) -> Sequence[str]:
    return [f"{TOLD}{key}" for key in sorted(groups)]

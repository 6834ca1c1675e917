"""Puts alerts that belong together into one incident, and closes it with the last of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from probed.core.alert import Alert, AlertState
from probed.core.dependency import blame, nodes_of, objects_of
from probed.core.incident import OBJECT, TOLD, Incident, belongs, counted, merged
from probed.engine.correlation import Correlation
from probed.engine.ids import Ids
from probed.engine.rules import Rules
from probed.errors import NotFound
from probed.ports import Clock, Transaction


class IncidentBook:
    """An AlertListener."""

    def __init__(self, correlation: Correlation, ids: Ids, clock: Clock, rules: Rules) -> None:
        self._correlation, self._ids, self._clock, self._rules = correlation, ids, clock, rules

    async def alert_changed(self, tx: Transaction, before: Alert | None, after: Alert) -> None:
        if self._rules.routing.is_strict:  # then alerts come from elsewhere, by the thousand, and so do incidents
            return
        fired, fires = before is not None and _fires(before), _fires(after)
        known = await tx.incidents.of_alert(after.id)
        if known is None and fires:
            await self._take_in(tx, after)
        elif known is not None and (fired != fires or (before and before.severity is not after.severity)):
            changed = counted(known, 0, int(fires) - int(fired), after.severity, self._clock.now())
            await self._save(tx, changed)

    async def _take_in(self, tx: Transaction, alert: Alert) -> None:
        now = self._clock.now()
        own = await self._keys_of(tx, alert)
        found = await tx.incidents.by_keys([*own, *self._related(alert)])
        related = {each.id: each for key, each in found.items() if belongs(each, key, now)}
        if not related:
            incident = self._new(alert, now)
            await self._save(tx, incident)
        else:
            first, *others = related.values()
            incident = await self._merged(tx, first, others, now)
            rooted = await self._with_root(tx, counted(incident, 1, 1, alert.severity, now), alert)
            await self._save(tx, rooted)
        await tx.incidents.join(incident.id, alert.id, own)

    async def _merged(self, tx: Transaction, first: Incident, others: Sequence[Incident], now: datetime) -> Incident:
        for other in others:
            first = merged(first, other, now)
            await tx.incidents.move(other.id, first.id)
            await tx.ledger.append("note", "cortex", first.id, f"incident {other.id} is part of {first.id}")
        return first

    async def _with_root(self, tx: Transaction, incident: Incident, alert: Alert) -> Incident:
        """The alert takes the root's place where that one goes back to it."""
        try:
            root = await tx.alerts.get(incident.root_id)
        except NotFound:  # it resolved so long ago that it is no longer kept
            return replace(incident, root_id=alert.id)
        if blame(self._correlation.graph, root, [alert]) is None:
            return incident
        return replace(incident, root_id=alert.id, title=alert.summary)

    async def _keys_of(self, tx: Transaction, alert: Alert) -> list[str]:
        groups = (await tx.groups.memberships([alert.id])).get(alert.id, frozenset())
        object_ = alert.labels.get("object", "")
        return [*([f"{OBJECT}{object_}"] if object_ else []), *(f"{TOLD}{key}" for key in sorted(groups))]

    def _related(self, alert: Alert) -> list[str]:
        """Keys of what it depends on, and of what depends on it."""
        graph, nodes = self._correlation.graph, nodes_of(alert.labels)
        reached = {*graph.foundations(nodes), *graph.dependents(nodes)} if self._rules.correlates else set()
        return [f"{OBJECT}{object_}" for object_ in objects_of(reached, self._rules.host)] if reached else []

    def _new(self, alert: Alert, now: datetime) -> Incident:
        return Incident(self._ids.new(), alert.summary, alert.severity, alert.starts_at, now, root_id=alert.id)

    async def _save(self, tx: Transaction, incident: Incident) -> None:
        await tx.incidents.save(incident)
        data = {"state": str(incident.state), "severity": str(incident.severity), "summary": incident.title}
        await tx.stream.publish("incident.changed", incident.id, data)


def _fires(alert: Alert) -> bool:
    return alert.state is not AlertState.RESOLVED

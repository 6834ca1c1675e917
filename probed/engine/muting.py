"""Which of the open alerts would be told now, where, and what mutes the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from probed.core.alert import Alert
from probed.core.inhibition import Inhibition
from probed.core.route import Route
from probed.core.routing import Routing
from probed.core.silence import Silencing
from probed.ports import Queries

PIECE = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alert stands at one moment."""

    alert: Alert
    routes: tuple[Route, ...]
    silenced_by: tuple[str, ...] = ()
    """Ids of silences."""
    inhibited_by: str = ""
    """Fingerprint of an alert."""
    muted: Mapping[str, str] | None = None
    """Keys of the routes that tell nothing at this time, each with why."""

    @property
    def is_suppressed(self) -> bool:
        return bool(self.silenced_by or self.inhibited_by)


async def standings(queries: Queries, routing: Routing, now: datetime) -> Sequence[Standing]:
    """Of all open alerts, in the order of their coming."""
    alerts = await open_alerts(queries)
    silencing = Silencing(await queries.unexpired_silences(now), now)
    inhibition = Inhibition.of(routing.inhibit_rules, alerts)
    fingerprints = {alert.id: alert.fingerprint for alert in alerts}
    return [_standing(alert, routing, silencing, inhibition, fingerprints, now) for alert in alerts]


async def open_alerts(queries: Queries) -> Sequence[Alert]:
    found: list[Alert] = []
    while piece := await queries.open_alerts(found[-1] if found else None, PIECE):
        found += piece
    return found


def _standing(
    alert: Alert,
    routing: Routing,
    silencing: Silencing,
    inhibition: Inhibition,
    fingerprints: Mapping[str, str],
    now: datetime,
) -> Standing:
    routes = tuple(routing.root.match(alert.labels))
    inhibitor = inhibition.inhibitor_of(alert.labels)
    muted = {route.key: why for route in routes if (why := routing.muted_at(route, now))}
    return Standing(
        alert, routes, tuple(silencing.ids_of(alert.labels)), fingerprints[inhibitor] if inhibitor else "", muted
    )

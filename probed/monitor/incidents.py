"""Incidents in the monitor: which alerts they are made of, and the keys by which further ones find them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from probed.core.finding import Severity
from probed.core.incident import Incident
from probed.monitor.cells import micros, micros_or_none, moment, moment_or_none, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import table, upsert_into

INCIDENTS = table(
    "incidents",
    "seq id title severity state opened_at updated_at closed_at root_id alerts firing",
)
UPSERT = upsert_into(INCIDENTS, "id")
OF_ALERTS = """
SELECT incident_alerts.alert_id, incidents.*
FROM incident_alerts JOIN incidents ON incidents.id = incident_alerts.incident_id
WHERE incident_alerts.alert_id IN (SELECT value FROM json_each(:alert_ids))
"""
BY_KEYS = """
SELECT incident_keys."key", incidents.* FROM incident_keys JOIN incidents ON incidents.id = incident_keys.incident_id
WHERE incident_keys."key" IN (SELECT value FROM json_each(:keys)) ORDER BY incidents.seq
"""
JOIN = upsert_into(table("incident_alerts", "alert_id incident_id"), "alert_id")
REMEMBER = upsert_into(table("incident_keys", "key incident_id"), "key")
MOVES = (
    "UPDATE incident_alerts SET incident_id = :into WHERE incident_id = :other",
    "UPDATE incident_keys SET incident_id = :into WHERE incident_id = :other",
    "DELETE FROM incidents WHERE id = :other AND id <> :into",
)


def to_row(incident: Incident) -> dict[str, object]:
    return {
        "id": incident.id,
        "title": incident.title,
        "severity": incident.severity.value,
        "state": incident.state.value,
        "opened_at": micros(incident.opened_at),
        "updated_at": micros(incident.updated_at),
        "closed_at": micros_or_none(incident.closed_at),
        "root_id": incident.root_id,
        "alerts": incident.alerts,
        "firing": incident.firing,
    }


def from_row(row: Row) -> Incident:
    return Incident(
        id=row["id"],
        title=row["title"],
        severity=Severity(row["severity"]),
        opened_at=moment(row["opened_at"]),
        updated_at=moment(row["updated_at"]),
        closed_at=moment_or_none(row["closed_at"]),
        root_id=row["root_id"],
        alerts=row["alerts"],
        firing=row["firing"],
    )


class IncidentRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def of_alerts(self, alert_ids: Sequence[str]) -> Mapping[str, Incident]:
        rows = await self._session.rows(OF_ALERTS, {"alert_ids": to_json(list(alert_ids))})
        return {row["alert_id"]: from_row(row) for row in rows}

    async def by_keys(self, keys: Collection[str]) -> Mapping[str, Incident]:
        rows = await self._session.rows(BY_KEYS, {"keys": to_json(sorted(keys))})
        return {row["key"]: from_row(row) for row in rows}

    async def save_all(self, incidents: Sequence[Incident]) -> None:
        if incidents:
            await self._session.write_each(UPSERT, [to_row(incident) for incident in incidents])

    async def join(self, incident_of: Mapping[str, str]) -> None:
        rows = [{"alert_id": alert_id, "incident_id": incident_id} for alert_id, incident_id in incident_of.items()]
        if rows:
            await self._session.write_each(JOIN, rows)

    async def remember(self, incident_of: Mapping[str, str]) -> None:
        rows = [{"key": key, "incident_id": incident_id} for key, incident_id in incident_of.items()]
        if rows:
            await self._session.write_each(REMEMBER, rows)

    async def move(self, other_id: str, into_id: str) -> None:
        for statement in MOVES:
            await self._session.write(statement, {"other": other_id, "into": into_id})

"""Alerts in the monitor."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from probed.core.alert import Alert, AlertState
from probed.core.finding import Severity
from probed.core.phrases import Phrase, phrase
from probed.errors import NotFound
from probed.monitor.cells import SEVERITY_RANK, mapping, micros, micros_or_none, moment, moment_or_none, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, select_from, table, upsert_into

IS_OPEN = "state <> 'resolved'"
IS_EXTERNAL = "case_id IS NULL"
ENDS = "state <> 'resolved' AND ends_at IS NOT NULL"
LAPSES = "state = 'acknowledged' AND acknowledged_until IS NOT NULL"


ALERTS = table(
    "alerts",
    "seq id case_id labels annotations severity peak summary starts_at updated_at ends_at state acknowledged_by "
    "fingerprint generator_url is_timeout acknowledged_until",
)
UPSERT = upsert_into(ALERTS, "id")
GET = select_by(ALERTS, "id")
GET_ALL = "SELECT * FROM alerts WHERE id IN (SELECT value FROM json_each(:ids))"
OF_CASE = select_from(ALERTS, "case_id = :case_id", IS_OPEN)
OF_GROUP = """
SELECT alerts.* FROM alert_members JOIN alerts ON alerts.id = alert_members.alert_id
WHERE alert_members.group_key = :group_key ORDER BY alerts.seq
"""
FIRING_OF = """
SELECT * FROM alerts WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'firing' ORDER BY seq
"""
LAPSING = select_from(ALERTS, LAPSES, "acknowledged_until <= :now")
HELD_FOR = """
SELECT alerts.* FROM holds JOIN alerts ON alerts.id = holds.alert_id WHERE holds.reason = :reason ORDER BY alerts.seq
"""
BEGUN_SINCE = "SELECT * FROM alerts WHERE starts_at >= :since ORDER BY starts_at LIMIT :most"
OPEN_ABOUT = """
SELECT * FROM alerts WHERE state <> 'resolved'
AND json_extract(labels, '$.object') IN (SELECT value FROM json_each(:objects))
UNION ALL SELECT * FROM alerts WHERE state <> 'resolved' AND json_extract(labels, '$.object') IS NULL
AND json_extract(labels, '$.alertname') IN (SELECT value FROM json_each(:objects)) ORDER BY seq
"""
NEWEST_OF = """
SELECT alerts.* FROM json_each(:fingerprints) AS wanted JOIN alerts ON alerts.seq = (
    SELECT max(same.seq) FROM alerts AS same WHERE same.fingerprint = wanted.value AND same.case_id IS NULL
)
"""
ENDING = select_from(ALERTS, ENDS, "ends_at <= :now", order="ends_at") + " LIMIT :limit"
OPEN = "SELECT * FROM alerts WHERE state IN ('firing', 'acknowledged') AND seq > :after ORDER BY seq LIMIT :limit"
WORST = f"""
SELECT * FROM alerts WHERE state IN ('firing', 'acknowledged')
ORDER BY {SEVERITY_RANK} DESC, state = 'acknowledged', starts_at LIMIT :limit
"""  # noqa: S608 (no value from outside)
OPEN_WITH = """
SELECT * FROM alerts WHERE state IN ('firing', 'acknowledged') AND NOT EXISTS (
    SELECT 1 FROM json_each(:labels) AS wanted WHERE wanted.value <> coalesce((
        SELECT own.value FROM json_each(alerts.labels) AS own WHERE own."key" = wanted."key"
    ), '')
) ORDER BY seq
"""
COUNT_EXTERNAL = "SELECT count(*) AS number FROM alerts WHERE case_id IS NULL AND state IN ('firing', 'acknowledged')"
OPEN_OF = """
SELECT fingerprint FROM alerts WHERE state IN ('firing', 'acknowledged')
AND fingerprint IN (SELECT value FROM json_each(:fingerprints))
"""
FORGET_EXTERNAL = "DELETE FROM alerts WHERE case_id IS NULL"


def to_row(alert: Alert) -> dict[str, object]:
    return {
        "id": alert.id,
        "case_id": alert.case_id or None,
        "labels": to_json(alert.labels),
        "annotations": to_json(alert.annotations),
        "severity": alert.severity.value,
        "peak": alert.peak.value,
        "summary": alert.summary,
        "starts_at": micros(alert.starts_at),
        "updated_at": micros(alert.updated_at),
        "ends_at": micros_or_none(alert.ends_at),
        "state": alert.state.value,
        "acknowledged_by": alert.acknowledged_by,
        "fingerprint": alert.fingerprint,
        "generator_url": alert.generator_url,
        "is_timeout": alert.is_timeout,
        "acknowledged_until": micros_or_none(alert.acknowledged_until),
    }


def from_row(row: Row) -> Alert:
    return Alert(
        id=row["id"],
        case_id=row["case_id"] or "",
        labels=mapping(row["labels"]),
        severity=Severity(row["severity"]),
        summary=row["summary"],
        starts_at=moment(row["starts_at"]),
        updated_at=moment(row["updated_at"]),
        peak=Severity(row["peak"]),
        state=AlertState(row["state"]),
        annotations=mapping(row["annotations"]),
        ends_at=moment_or_none(row["ends_at"]),
        acknowledged_by=row["acknowledged_by"],
        is_timeout=bool(row["is_timeout"]),
        generator_url=row["generator_url"],
        fingerprint=row["fingerprint"],
        acknowledged_until=moment_or_none(row["acknowledged_until"]),
    )


class AlertRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, alert_id: str) -> Alert:
        row = await self._session.first(GET, {"id": alert_id})
        if row is None:
            raise NotFound(phrase("no {noun} {id}", noun=Phrase.of("alert"), id=alert_id))
        return from_row(row)

    async def get_all(self, alert_ids: Sequence[str]) -> Mapping[str, Alert]:
        rows = await self._session.rows(GET_ALL, {"ids": to_json(list(alert_ids))})
        return {row["id"]: from_row(row) for row in rows}

    async def of_case(self, case_id: str) -> Alert | None:
        row = await self._session.first(OF_CASE, {"case_id": case_id})
        return None if row is None else from_row(row)

    async def save(self, alert: Alert) -> None:
        """Raises Conflict where the case has another alert that is not resolved."""
        await self._session.write(UPSERT, to_row(alert))

    async def save_all(self, alerts: Sequence[Alert]) -> None:
        if alerts:
            await self._session.write_each(UPSERT, [to_row(alert) for alert in alerts])

    async def newest_of(self, fingerprints: Sequence[str]) -> Mapping[str, Alert]:
        rows = await self._session.rows(NEWEST_OF, {"fingerprints": to_json(list(fingerprints))})
        return {row["fingerprint"]: from_row(row) for row in rows}

    async def ending(self, now: datetime, limit: int) -> Sequence[Alert]:
        return [from_row(row) for row in await self._session.rows(ENDING, {"now": micros(now), "limit": limit})]

    async def open_after(self, after: Alert | None, limit: int) -> Sequence[Alert]:
        position = await self._session.first("SELECT seq FROM alerts WHERE id = :id", {"id": after.id if after else ""})
        rows = await self._session.rows(OPEN, {"after": position["seq"] if position else 0, "limit": limit})
        return [from_row(row) for row in rows]

    async def open_with(self, labels: Mapping[str, str]) -> Sequence[Alert]:
        return [from_row(row) for row in await self._session.rows(OPEN_WITH, {"labels": to_json(labels)})]

    async def count_external(self) -> int:
        return sum(row["number"] for row in await self._session.rows(COUNT_EXTERNAL))

    async def open_of(self, fingerprints: Sequence[str]) -> frozenset[str]:
        rows = await self._session.rows(OPEN_OF, {"fingerprints": to_json(list(fingerprints))})
        return frozenset(row["fingerprint"] for row in rows)

    async def forget_external(self) -> None:
        await self._session.write(FORGET_EXTERNAL)

    async def of_group(self, group_key: str) -> Sequence[Alert]:
        return [from_row(row) for row in await self._session.rows(OF_GROUP, {"group_key": group_key})]

    async def lapsing(self, now: datetime) -> Sequence[Alert]:
        return [from_row(row) for row in await self._session.rows(LAPSING, {"now": micros(now)})]

    async def held_for(self, reason: str) -> Sequence[Alert]:
        return [from_row(row) for row in await self._session.rows(HELD_FOR, {"reason": reason})]

    async def begun_since(self, since: datetime, most: int) -> Sequence[Alert]:
        rows = await self._session.rows(BEGUN_SINCE, {"since": micros(since), "most": most})
        return [from_row(row) for row in rows]

    async def open_about(self, objects: Collection[str]) -> Sequence[Alert]:
        rows = await self._session.rows(OPEN_ABOUT, {"objects": to_json(sorted(objects))})
        return [from_row(row) for row in rows]

    async def firing_of(self, alert_ids: Sequence[str]) -> Sequence[Alert]:
        return [from_row(row) for row in await self._session.rows(FIRING_OF, {"ids": to_json(list(alert_ids))})]

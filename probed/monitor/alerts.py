"""Alerts in the monitor."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Index, bindparam, select, text
from sqlmodel import Field, SQLModel

from probed.core.alert import Alert, AlertState
from probed.core.finding import Severity
from probed.errors import NotFound
from probed.monitor.cells import mapping, micros, micros_or_none, moment, moment_or_none, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, sql, table_of, upsert_into

IS_OPEN = text("state <> 'resolved'")
UNSETTLED = text("is_settled = 0")


class AlertRow(SQLModel, table=True):
    """`case_id` is null for an alert that came in from outside: it has no case."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index("alerts_open_once", "case_id", unique=True, sqlite_where=IS_OPEN),
        Index("alerts_by_case", "case_id"),
        Index("alerts_by_state", "state"),
        Index("alerts_unsettled", "group_key", sqlite_where=UNSETTLED),
        Index("alerts_open_by_object", text("json_extract(labels, '$.object')"), sqlite_where=IS_OPEN),
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    case_id: str | None = Field(foreign_key="cases.id")
    labels: str
    annotations: str
    severity: str
    peak: str
    summary: str
    starts_at: int
    updated_at: int
    ends_at: int | None
    group_key: str
    state: str
    acknowledged_by: str
    is_settled: bool = Field(sa_column_kwargs={"server_default": text("0")})


ALERTS = table_of(AlertRow)
UPSERT = upsert_into(ALERTS, "id")
GET = select_by(ALERTS, "id")
OF_CASE = sql(select(ALERTS).where(ALERTS.c.case_id == bindparam("case_id"), IS_OPEN))
OF_GROUP = sql(select(ALERTS).where(ALERTS.c.group_key == bindparam("group_key"), UNSETTLED).order_by(ALERTS.c.seq))
FIRING_OF = """
SELECT * FROM alerts WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'firing' ORDER BY seq
"""
OPEN_ABOUT = """
SELECT * FROM alerts WHERE state <> 'resolved'
AND json_extract(labels, '$.object') IN (SELECT value FROM json_each(:objects)) ORDER BY seq
"""


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
        "group_key": alert.group_key,
        "state": alert.state.value,
        "acknowledged_by": alert.acknowledged_by,
        "is_settled": alert.is_settled,
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
        group_key=row["group_key"],
        peak=Severity(row["peak"]),
        state=AlertState(row["state"]),
        annotations=mapping(row["annotations"]),
        ends_at=moment_or_none(row["ends_at"]),
        acknowledged_by=row["acknowledged_by"],
        is_settled=bool(row["is_settled"]),
    )


class AlertRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, alert_id: str) -> Alert:
        row = await self._session.first(GET, {"id": alert_id})
        if row is None:
            raise NotFound(f"no alert {alert_id}")
        return from_row(row)

    async def of_case(self, case_id: str) -> Alert | None:
        row = await self._session.first(OF_CASE, {"case_id": case_id})
        return None if row is None else from_row(row)

    async def save(self, alert: Alert) -> None:
        """Raises Conflict where the case has another alert that is not resolved."""
        await self._session.run(UPSERT, to_row(alert))

    async def of_group(self, group_key: str) -> Sequence[Alert]:
        return [from_row(row) for row in await self._session.rows(OF_GROUP, {"group_key": group_key})]

    async def open_about(self, objects: Collection[str]) -> Sequence[Alert]:
        rows = await self._session.rows(OPEN_ABOUT, {"objects": to_json(sorted(objects))})
        return [from_row(row) for row in rows]

    async def firing_of(self, alert_ids: Sequence[str]) -> Sequence[Alert]:
        return [from_row(row) for row in await self._session.rows(FIRING_OF, {"ids": to_json(list(alert_ids))})]

"""Whom to tell next, and when, in the monitor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Index, bindparam, select
from sqlmodel import Field, SQLModel

from probed.core.escalation import Escalation
from probed.monitor.cells import micros, moment
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, sql, table_of, upsert_into


class EscalationRow(SQLModel, table=True):
    __tablename__ = "escalations"
    __table_args__ = (Index("escalations_due", "due_at"),)

    alert_id: str = Field(primary_key=True, foreign_key="alerts.id", ondelete="CASCADE")
    step: int
    began_at: int
    due_at: int


ESCALATIONS = table_of(EscalationRow)
UPSERT = upsert_into(ESCALATIONS, "alert_id")
GET = select_by(ESCALATIONS, "alert_id")
DUE = sql(select(ESCALATIONS).where(ESCALATIONS.c.due_at <= bindparam("now")).order_by(ESCALATIONS.c.due_at))
REMOVE = "DELETE FROM escalations WHERE alert_id = :alert_id"


def from_row(row: Row) -> Escalation:
    return Escalation(row["alert_id"], row["step"], moment(row["began_at"]), moment(row["due_at"]))


class EscalationRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, alert_id: str) -> Escalation | None:
        row = await self._session.first(GET, {"alert_id": alert_id})
        return None if row is None else from_row(row)

    async def due(self, now: datetime) -> Sequence[Escalation]:
        return [from_row(row) for row in await self._session.rows(DUE, {"now": micros(now)})]

    async def save(self, escalation: Escalation) -> None:
        row = {
            "alert_id": escalation.alert_id,
            "step": escalation.step,
            "began_at": micros(escalation.began_at),
            "due_at": micros(escalation.due_at),
        }
        await self._session.run(UPSERT, row)

    async def remove(self, alert_id: str) -> None:
        await self._session.run(REMOVE, {"alert_id": alert_id})

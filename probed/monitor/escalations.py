"""Whom to tell next, and when, in the monitor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from probed.core.escalation import Escalation
from probed.monitor.cells import micros, moment, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import insert_into, select_from, table, upsert_into

ESCALATIONS = table("escalations", "alert_id step began_at due_at")
UPSERT = upsert_into(ESCALATIONS, "alert_id")
BEGIN = f"{insert_into(ESCALATIONS)} ON CONFLICT (alert_id) DO NOTHING"
DUE = select_from(ESCALATIONS, "due_at <= :now", order="due_at")
REMOVE = "DELETE FROM escalations WHERE alert_id IN (SELECT value FROM json_each(:alert_ids))"


def to_row(escalation: Escalation) -> dict[str, object]:
    return {
        "alert_id": escalation.alert_id,
        "step": escalation.step,
        "began_at": micros(escalation.began_at),
        "due_at": micros(escalation.due_at),
    }


def from_row(row: Row) -> Escalation:
    return Escalation(row["alert_id"], row["step"], moment(row["began_at"]), moment(row["due_at"]))


class EscalationRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def due(self, now: datetime) -> Sequence[Escalation]:
        return [from_row(row) for row in await self._session.rows(DUE, {"now": micros(now)})]

    async def begin(self, escalations: Sequence[Escalation]) -> None:
        if escalations:
            await self._session.write_each(BEGIN, [to_row(escalation) for escalation in escalations])

    async def save(self, escalation: Escalation) -> None:
        await self._session.write(UPSERT, to_row(escalation))

    async def remove(self, alert_ids: Sequence[str]) -> None:
        if alert_ids:
            await self._session.write(REMOVE, {"alert_ids": to_json(list(alert_ids))})

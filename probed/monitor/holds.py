"""Alerts that are held back, in the monitor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.core.hold import Hold
from probed.monitor.cells import micros, moment, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import table, upsert_into

HOLDS = table("holds", "alert_id reason since")
UPSERT = upsert_into(HOLDS, "alert_id")
OF = "SELECT * FROM holds WHERE alert_id IN (SELECT value FROM json_each(:alert_ids))"
LET_GO = "UPDATE holds SET reason = '' WHERE alert_id IN (SELECT value FROM json_each(:alert_ids))"


def to_row(hold: Hold) -> dict[str, object]:
    return {"alert_id": hold.alert_id, "reason": hold.reason, "since": micros(hold.since)}


def from_row(row: Row) -> Hold:
    return Hold(row["alert_id"], row["reason"], moment(row["since"]))


class HoldRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def of(self, alert_ids: Sequence[str]) -> Mapping[str, Hold]:
        rows = await self._session.rows(OF, {"alert_ids": to_json(list(alert_ids))})
        return {row["alert_id"]: from_row(row) for row in rows}

    async def save_all(self, holds: Sequence[Hold]) -> None:
        if holds:
            await self._session.write_each(UPSERT, [to_row(hold) for hold in holds])

    async def let_go(self, alert_ids: Sequence[str]) -> None:
        await self._session.write(LET_GO, {"alert_ids": to_json(list(alert_ids))})

"""Maintenance windows in the monitor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from probed.core.maintenance import Fixes, Window
from probed.core.matcher import matchers_text, parse_matchers
from probed.errors import NotFound
from probed.monitor.cells import micros, moment
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, select_from, table, upsert_into

WINDOWS = table("maintenance", "seq id matchers starts_at ends_at fixes comment created_by")
UPSERT = upsert_into(WINDOWS, "id")
GET = select_by(WINDOWS, "id")
NOT_OVER = select_from(WINDOWS, "ends_at > :now", order="ends_at")


def from_row(row: Row) -> Window:
    return Window(
        id=row["id"],
        matchers=parse_matchers(row["matchers"]),
        starts_at=moment(row["starts_at"]),
        ends_at=moment(row["ends_at"]),
        fixes=Fixes(row["fixes"]),
        comment=row["comment"],
        created_by=row["created_by"],
    )


class WindowRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, window_id: str) -> Window:
        row = await self._session.first(GET, {"id": window_id})
        if row is None:
            raise NotFound(f"no maintenance window {window_id}")
        return from_row(row)

    async def not_over(self, now: datetime) -> Sequence[Window]:
        return [from_row(row) for row in await self._session.rows(NOT_OVER, {"now": micros(now)})]

    async def save(self, window: Window) -> None:
        row = {
            "id": window.id,
            "matchers": matchers_text(window.matchers),
            "starts_at": micros(window.starts_at),
            "ends_at": micros(window.ends_at),
            "fixes": window.fixes.value,
            "comment": window.comment,
            "created_by": window.created_by,
        }
        await self._session.write(UPSERT, row)

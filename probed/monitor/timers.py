"""Timers by name, in the monitor. They follow the wall clock: 07:00 stays 07:00 when that is set."""

from __future__ import annotations

from datetime import datetime

from probed.monitor.cells import micros, moment
from probed.monitor.session import Session
from probed.monitor.statements import select_by, table, upsert_into

TIMERS = table("timers", "name due_at")
UPSERT = upsert_into(TIMERS, "name")
GET = select_by(TIMERS, "name")
REMOVE = "DELETE FROM timers WHERE name = :name"


class TimerRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, name: str) -> datetime | None:
        row = await self._session.first(GET, {"name": name})
        return None if row is None else moment(row["due_at"])

    async def set(self, name: str, due_at: datetime) -> None:
        await self._session.write(UPSERT, {"name": name, "due_at": micros(due_at)})

    async def remove(self, name: str) -> None:
        await self._session.write(REMOVE, {"name": name})

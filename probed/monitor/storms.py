"""What is gathered while messages come in a storm, in the monitor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from probed.core.storm import Gathered, Storm
from probed.monitor.cells import micros, moment
from probed.monitor.session import Row, Session
from probed.monitor.statements import table, upsert_into

UPSERT = upsert_into(table("storms", "recipient until"), "recipient")
IS_UNDER_WAY = "SELECT 1 FROM storms WHERE recipient = :recipient"
ALL = """
SELECT storms.*, (SELECT count(*) FROM storm_lines WHERE storm_lines.recipient = storms.recipient) AS held FROM storms
"""
DUE = f"{ALL} WHERE until <= :now"
ADD = "INSERT INTO storm_lines (recipient, text, subject) VALUES (:recipient, :text, :subject)"
READ = "SELECT text, subject FROM storm_lines WHERE recipient = :recipient ORDER BY seq"
CLEAR = "DELETE FROM storm_lines WHERE recipient = :recipient"
END = "DELETE FROM storms WHERE recipient = :recipient"


def from_row(row: Row) -> Storm:
    return Storm(row["recipient"], row["held"], moment(row["until"]))


class StormRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def is_under_way(self, recipient: str) -> bool:
        return await self._session.first(IS_UNDER_WAY, {"recipient": recipient}) is not None

    async def begin(self, recipient: str, until: datetime) -> None:
        await self._session.write(UPSERT, {"recipient": recipient, "until": micros(until)})

    async def hold(self, recipient: str, gathered: Gathered) -> None:
        row = {"recipient": recipient, "text": gathered.line, "subject": gathered.subject}
        await self._session.write(ADD, row)

    async def due(self, now: datetime) -> Sequence[Storm]:
        return [from_row(row) for row in await self._session.rows(DUE, {"now": micros(now)})]

    async def end(self, recipient: str) -> Sequence[Gathered]:
        """What was held, in its order."""
        rows = await self._session.rows(READ, {"recipient": recipient})
        await self._session.write(CLEAR, {"recipient": recipient})
        await self._session.write(END, {"recipient": recipient})
        return [Gathered(row["subject"], row["text"]) for row in rows]

"""Lines that the next digest tells."""

from __future__ import annotations

from collections.abc import Sequence

from probed.monitor.session import Session

INSERT = "INSERT INTO digest_lines (text) VALUES (:text)"
READ = "SELECT text FROM digest_lines ORDER BY seq"
CLEAR = "DELETE FROM digest_lines"


class DigestRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, text: str) -> None:
        await self._session.write(INSERT, {"text": text})

    async def take(self) -> Sequence[str]:
        rows = await self._session.rows(READ)
        if rows:
            await self._session.write(CLEAR)
        return [row["text"] for row in rows]

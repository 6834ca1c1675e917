"""What checks know of their last look, in the monitor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.core.observation import Memory, Place
from probed.monitor.cells import mapping, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, table, upsert_into

MEMORIES = table("memories", "source check number memory")
UPSERT = upsert_into(MEMORIES, "source", "check", "number")
OF = select_by(MEMORIES, "source")
FORGET = 'DELETE FROM memories WHERE source = :source AND (:check IS NULL OR "check" = :check)'


def by_place(rows: Sequence[Row]) -> Mapping[Place, Memory]:
    return {(row["check"], row["number"]): mapping(row["memory"]) for row in rows}


class MemoryRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def of(self, source: str) -> Mapping[Place, Memory]:
        return by_place(await self._session.rows(OF, {"source": source}))

    async def save(self, source: str, memories: Mapping[Place, Memory]) -> None:
        rows = [
            {"source": source, "check": check, "number": number, "memory": to_json(memory)}
            for (check, number), memory in memories.items()
        ]
        if rows:
            await self._session.write_each(UPSERT, rows)

    async def forget(self, source: str, check: str | None = None) -> int:
        return await self._session.run(FORGET, {"source": source, "check": check})

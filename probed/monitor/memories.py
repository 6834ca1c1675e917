"""What checks know of their last look, in the monitor: pieces of text, which nobody reads here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.core.observation import Place
from probed.core.pieces import Pieces
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, table, upsert_into

MEMORIES = table("memories", "source check number piece memory")
UPSERT = f"{upsert_into(MEMORIES, 'source', 'check', 'number', 'piece')} WHERE memory <> excluded.memory"
OF = f'{select_by(MEMORIES, "source")} ORDER BY source, "check", number, piece'
SHORTEN = """
DELETE FROM memories WHERE source = :source AND "check" = :check AND number = :number AND piece >= :piece
"""
FORGET = """
DELETE FROM memories WHERE source = :source AND (:check IS NULL OR "check" = :check) RETURNING "check", number
"""


def by_place(rows: Sequence[Row]) -> Mapping[Place, Pieces]:
    found: dict[Place, list[str]] = {}
    for row in rows:
        found.setdefault((row["check"], row["number"]), []).append(row["memory"])
    return {place: tuple(pieces) for place, pieces in found.items()}


class MemoryRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def of(self, source: str) -> Mapping[Place, Pieces]:
        return by_place(await self._session.rows(OF, {"source": source}))

    async def save(self, source: str, memories: Mapping[Place, Pieces]) -> None:
        for (check, number), pieces in memories.items():
            of_place = {"source": source, "check": check, "number": number}
            rows = [{**of_place, "piece": piece, "memory": text} for piece, text in enumerate(pieces)]
            await self._session.write_each(UPSERT, rows)
            await self._session.write(SHORTEN, {**of_place, "piece": len(pieces)})

    async def forget(self, source: str, check: str | None = None) -> int:
        return len(set(map(tuple, await self._session.rows(FORGET, {"source": source, "check": check}))))

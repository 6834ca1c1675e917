"""Versions of inspections' documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from probed.core.document_version import DocumentVersion
from probed.core.inspection import Inspection
from probed.monitor.cells import micros, moment, moment_or_none
from probed.monitor.session import Row, Session
from probed.monitor.statements import table, upsert_into

DOCUMENTS = table("documents", "seq inspection hash text first_at superseded_at")
UPSERT = upsert_into(DOCUMENTS, "inspection", "hash", fixed=frozenset({"text", "first_at"}))
IN_FORCE = "SELECT inspection, hash FROM documents WHERE superseded_at IS NULL"
END = "UPDATE documents SET superseded_at = :now WHERE inspection = :inspection AND hash = :hash"
OF_INSPECTION = """
SELECT * FROM documents WHERE inspection = :inspection
ORDER BY superseded_at IS NOT NULL, superseded_at DESC LIMIT :limit
"""


def from_row(row: Row) -> DocumentVersion:
    return DocumentVersion(
        row["inspection"], row["hash"], row["text"], moment(row["first_at"]), moment_or_none(row["superseded_at"])
    )


class DocumentRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def take_over(self, inspections: Sequence[Inspection], now: datetime) -> None:
        known = {(row["inspection"], row["hash"]) for row in await self._session.rows(IN_FORCE)}
        wanted = {(each.id, each.document_hash): each.text for each in inspections}
        for inspection, hash_ in known - wanted.keys():
            await self._session.write(END, {"now": micros(now), "inspection": inspection, "hash": hash_})
        for inspection, hash_ in wanted.keys() - known:
            text = wanted[inspection, hash_]
            row = {
                "inspection": inspection,
                "hash": hash_,
                "text": text,
                "first_at": micros(now),
                "superseded_at": None,
            }
            await self._session.write(UPSERT, row)

"""Transcripts: a row of the database names each file beside it, and the two are kept in step."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path

from probed.core.transcript import Transcript, TranscriptKind, kept_form
from probed.errors import NotFound
from probed.monitor.cells import micros, moment
from probed.monitor.readers import Readers
from probed.monitor.session import Row
from probed.monitor.statements import select_by, table, upsert_into
from probed.monitor.transaction import SqliteTransaction
from probed.monitor.transcript_files import StoredFile, TranscriptFiles

log = logging.getLogger("cortex.monitor")

FOLDER = "transcripts"
NAMES = "SELECT subject, file FROM transcripts"
BYTES = "SELECT coalesce(sum(stored_bytes), 0) AS bytes FROM transcripts"
FORGET = "DELETE FROM transcripts WHERE subject = :subject AND file = :file"


TRANSCRIPTS = table("transcripts", "subject kind at file stored_bytes sha256")
UPSERT = upsert_into(TRANSCRIPTS, "subject", "kind")
GET = select_by(TRANSCRIPTS, "subject", "kind")
SAID = "SELECT * FROM transcripts WHERE subject = :subject AND kind IN ('investigation', 'advice', 'question')"

Transactions = Callable[[], AbstractAsyncContextManager[SqliteTransaction]]


class Transcripts:
    """The file comes before its row and goes after it. What a crash leaves between the two, or a restore, is put right
    by `reconcile`."""

    def __init__(self, database: Path, transactions: Transactions, readers: Readers) -> None:
        self._files = TranscriptFiles(database.with_name(FOLDER))
        self._transactions, self._readers = transactions, readers
        self._lock = asyncio.Lock()
        """So that no file is taken for one without a row whose row is still to come."""

    async def keep(self, subject: str, kind: TranscriptKind, text: str, at: datetime) -> None:
        """In place of an earlier one of the same subject and kind. Raises CannotPersist."""
        async with self._lock:
            stored = await asyncio.to_thread(lambda: self._files.write(subject, kept_form(kind, text)))
            async with self._transactions() as tx:
                known = await tx.session.first(GET, {"subject": subject, "kind": kind.value})
                await tx.session.write(UPSERT, _to_row(subject, kind, at, stored))
            if known and known["file"] != stored.name:
                await asyncio.to_thread(self._files.remove, [known["file"]])

    async def read(self, subject: str, kind: TranscriptKind | None = None) -> Transcript:
        """Without a kind: what was said with a model. Raises NotFound."""
        query, what = (GET, kind.value) if kind else (SAID, "transcript")
        async with self._lock:  # a later one takes the file away
            async with self._readers.session() as session:
                row = await session.first(query, {"subject": subject} | ({"kind": kind.value} if kind else {}))
            if row is None:
                raise NotFound(f"no {what} is kept of {subject}")
            stored = _stored(row)
            text = await asyncio.to_thread(self._files.read, stored)
        return Transcript(
            subject, TranscriptKind(row["kind"]), moment(row["at"]), text, stored.stored_bytes, stored.sha256
        )

    async def reconcile(self) -> None:
        """Remove files that no row names, and rows whose file is gone. Raises CannotPersist, MonitorFailed."""
        async with self._lock:
            rows = await self._rows()
            there = await asyncio.to_thread(self._files.names)
            await asyncio.to_thread(self._files.remove, there - {row["file"] for row in rows})
            lost = [row for row in rows if row["file"] not in there]
            for row in lost:
                async with self._transactions() as tx:
                    await tx.session.write(FORGET, {"subject": row["subject"], "file": row["file"]})
        if lost:
            log.warning("the files of %d transcripts are gone", len(lost))

    async def used_bytes(self) -> int:
        async with self._readers.session() as session:
            return int((await session.rows(BYTES))[0]["bytes"])

    async def _rows(self) -> Sequence[Row]:
        async with self._readers.session() as session:
            return await session.rows(NAMES)


def _to_row(subject: str, kind: TranscriptKind, at: datetime, stored: StoredFile) -> dict[str, object]:
    return {
        "subject": subject,
        "kind": kind.value,
        "at": micros(at),
        "file": stored.name,
        "stored_bytes": stored.stored_bytes,
        "sha256": stored.sha256,
    }


def _stored(row: Row) -> StoredFile:
    return StoredFile(row["file"], row["stored_bytes"], row["sha256"])

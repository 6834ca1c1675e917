"""Runs in the monitor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Index, select, text
from sqlmodel import Field, SQLModel

from probed.core.run import Run, RunState, Trigger
from probed.errors import NotFound
from probed.monitor.cells import micros, micros_or_none, moment, moment_or_none
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, sql, table_of, upsert_into

UNFINISHED = text("state IN ('pending', 'running')")
IS_OWN = text("\"trigger\" <> 'external'")


class RunRow(SQLModel, table=True):
    __tablename__ = "runs"
    __table_args__ = (
        Index("runs_by_inspection", "inspection"),
        Index("runs_by_state", "state"),
        Index("runs_by_inspection_and_state", "inspection", "state"),
        Index("runs_of_inspections", "inspection", sqlite_where=IS_OWN),
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    inspection: str
    trigger: str
    state: str
    created_at: int
    started_at: int | None
    ended_at: int | None
    document_hash: str
    reason: str
    report_id: str | None
    cost_usd: float
    by: str = Field(default="", sa_column_kwargs={"server_default": ""})


RUNS = table_of(RunRow)
UPSERT = upsert_into(RUNS, "id")
GET = select_by(RUNS, "id")
TRIGGERS = 'SELECT id, "trigger" FROM runs WHERE id IN (SELECT value FROM json_each(:ids))'
HAS_RUN = """
SELECT 1 FROM runs INDEXED BY runs_of_inspections WHERE inspection = :inspection AND "trigger" <> 'external' LIMIT 1
"""
SELECT_UNFINISHED = sql(select(RUNS).where(UNFINISHED).order_by(RUNS.c.seq))
LAST_STARTED = """
WITH RECURSIVE names(name) AS (
    SELECT min(inspection) FROM runs
    UNION ALL
    SELECT (SELECT min(inspection) FROM runs WHERE inspection > name) FROM names WHERE name IS NOT NULL
)
SELECT name, (
    SELECT started_at FROM runs WHERE inspection = name AND started_at IS NOT NULL ORDER BY seq DESC LIMIT 1
) AS started_at
FROM names WHERE name IS NOT NULL
"""
"""Jumps from name to name in the index: the number of runs does not matter."""


def to_row(run: Run) -> dict[str, object]:
    return {
        "id": run.id,
        "inspection": run.inspection,
        "trigger": run.trigger.value,
        "state": run.state.value,
        "created_at": micros(run.created_at),
        "started_at": micros_or_none(run.started_at),
        "ended_at": micros_or_none(run.ended_at),
        "document_hash": run.document_hash,
        "reason": run.reason,
        "report_id": run.report_id,
        "cost_usd": run.cost_usd,
        "by": run.by,
    }


def from_row(row: Row) -> Run:
    return Run(
        id=row["id"],
        inspection=row["inspection"],
        trigger=Trigger(row["trigger"]),
        state=RunState(row["state"]),
        created_at=moment(row["created_at"]),
        document_hash=row["document_hash"],
        started_at=moment_or_none(row["started_at"]),
        ended_at=moment_or_none(row["ended_at"]),
        reason=row["reason"],
        report_id=row["report_id"],
        cost_usd=row["cost_usd"],
        by=row["by"],
    )


class RunRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, run_id: str) -> Run:
        row = await self._session.first(GET, {"id": run_id})
        if row is None:
            raise NotFound(f"no run {run_id}")
        return from_row(row)

    async def save(self, run: Run) -> None:
        await self._session.write(UPSERT, to_row(run))

    async def has_run(self, inspection: str) -> bool:
        return await self._session.first(HAS_RUN, {"inspection": inspection}) is not None

    async def unfinished(self) -> Sequence[Run]:
        return [from_row(row) for row in await self._session.rows(SELECT_UNFINISHED)]

    async def last_started(self) -> Mapping[str, datetime]:
        rows = await self._session.rows(LAST_STARTED)
        return {row["name"]: moment(row["started_at"]) for row in rows if row["started_at"] is not None}

"""Runs in the monitor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from probed.core.run import Run, RunState, Trigger
from probed.errors import NotFound
from probed.monitor.cells import micros, micros_or_none, moment, moment_or_none
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, select_from, table, upsert_into

UNFINISHED = "state IN ('pending', 'running')"
IS_SAVED = "gate IN ('unchanged', 'flapping', 'restless', 'fix', 'paused')"
"""A call of a model was saved."""
IS_OWN = "\"trigger\" <> 'external'"


RUNS = table(
    "runs",
    "seq id inspection trigger state created_at started_at ended_at document_hash reason report_id cost_usd by gate"
    " gate_reason",
)
FIXED = frozenset({"inspection", "trigger", "created_at", "document_hash", "by"})
UPSERT = upsert_into(RUNS, "id", fixed=FIXED)
GET = select_by(RUNS, "id")
TRIGGERS = 'SELECT id, "trigger" FROM runs WHERE id IN (SELECT value FROM json_each(:ids))'
HAS_RUN = """
SELECT 1 FROM runs INDEXED BY runs_of_inspections WHERE inspection = :inspection AND "trigger" <> 'external' LIMIT 1
"""
SELECT_UNFINISHED = select_from(RUNS, UNFINISHED, order="seq")
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
        "gate": run.gate,
        "gate_reason": run.gate_reason,
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
        gate=row["gate"],
        gate_reason=row["gate_reason"],
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

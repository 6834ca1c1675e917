"""Jobs that say themselves when they begin and end, in the monitor."""

from __future__ import annotations

from probed.core.job import Job
from probed.monitor.cells import micros_or_none, moment_or_none
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, table, upsert_into

JOBS = table("jobs", "name started_at ended_at succeeded_at failed exit_code duration_s said_by")
UPSERT = upsert_into(JOBS, "name")
GET = select_by(JOBS, "name")
COUNT = "SELECT count(*) AS jobs FROM jobs"
ALL = "SELECT * FROM jobs ORDER BY name"


def to_row(job: Job) -> dict[str, object]:
    return {
        "name": job.name,
        "started_at": micros_or_none(job.started_at),
        "ended_at": micros_or_none(job.ended_at),
        "succeeded_at": micros_or_none(job.succeeded_at),
        "failed": job.failed,
        "exit_code": job.exit_code,
        "duration_s": job.duration_s,
        "said_by": job.said_by,
    }


def from_row(row: Row) -> Job:
    return Job(
        name=row["name"],
        started_at=moment_or_none(row["started_at"]),
        ended_at=moment_or_none(row["ended_at"]),
        succeeded_at=moment_or_none(row["succeeded_at"]),
        failed=bool(row["failed"]),
        exit_code=row["exit_code"],
        duration_s=row["duration_s"],
        said_by=row["said_by"],
    )


class JobRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def find(self, name: str) -> Job | None:
        row = await self._session.first(GET, {"name": name})
        return from_row(row) if row else None

    async def count(self) -> int:
        row = await self._session.first(COUNT)
        return int(row["jobs"]) if row else 0

    async def save(self, job: Job) -> None:
        await self._session.write(UPSERT, to_row(job))

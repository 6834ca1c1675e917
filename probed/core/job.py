"""What is known of a job that says itself when it begins and ends: a cron job, a backup, whatever runs now and then."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import datetime


class Ping(enum.StrEnum):
    """What a job says."""

    START = "start"
    SUCCESS = "success"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    started_at: datetime | None = None
    """Since when it runs; None where it does not, or never says so."""
    ended_at: datetime | None = None
    succeeded_at: datetime | None = None
    failed: bool = False
    """Its last end was none that it should have had."""
    exit_code: int | None = None
    duration_s: float | None = None
    """Of its last run; None where it did not say when it began."""
    said_by: str = ""

    @property
    def said_at(self) -> datetime | None:
        """When anything was last heard of it."""
        return max((each for each in (self.started_at, self.ended_at) if each), default=None)


def after(job: Job, ping: Ping, now: datetime, by: str, exit_code: int | None = None) -> Job:
    """An exit code other than 0 is a failure, whatever else is said."""
    if ping is Ping.START:
        return replace(job, started_at=now, said_by=by)
    failed = ping is Ping.FAIL or bool(exit_code)
    return replace(
        job,
        started_at=None,
        ended_at=now,
        succeeded_at=job.succeeded_at if failed else now,
        failed=failed,
        exit_code=exit_code,
        duration_s=(now - job.started_at).total_seconds() if job.started_at else None,
        said_by=by,
    )

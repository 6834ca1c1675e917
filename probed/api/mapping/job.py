from __future__ import annotations

from probed.api.mapping.moment import text_or_none
from probed.core.job import Job
from probed.wire.job import JobShape


def job_shape(job: Job) -> JobShape:
    return JobShape(
        name=job.name,
        state="running" if job.started_at else "failed" if job.failed else "ok",
        started_at=text_or_none(job.started_at),
        ended_at=text_or_none(job.ended_at),
        succeeded_at=text_or_none(job.succeeded_at),
        exit_code=job.exit_code,
        duration_s=job.duration_s,
        said_by=job.said_by,
    )

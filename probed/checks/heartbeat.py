"""Whether a job that says itself when it begins and ends does so: in time, well, and within its time.

Parameters: `name` (the job's, as it says it), `period` (1d; how long after its last end the next one is due), `cron`
(none; instead, five fields in this host's time), `grace` (1h; how late it may be), `max_duration` (none; how long it
may run, of one that says when it begins), `severity` (warning), `for` (0s).

A job says so by `cortexctl heartbeat NAME`, with `--start`, `--fail` or `--exit-code N`, or has its command run by
`cortexctl heartbeat NAME -- COMMAND`; or by POST to the API, for which the role `operator` is needed. A finding means
that it is missing (nothing was heard when it was due, nor in the grace), that it failed (until it ends well again), or
that it runs for too long. Late within the grace is none, and one that was never heard of waits for its first time. No
action fits by itself.

Example:
  - heartbeat: {name: nightly, cron: "30 2 * * *", grace: 1h, max_duration: 2h}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from probed.checks.parameters import DurationBound, For, lasting
from probed.config.values import Duration
from probed.core.cron import CronTimes, next_after, parse_cron
from probed.core.finding import Severity
from probed.core.host_event import Concern, EventSource
from probed.core.inspection import age_text
from probed.core.job import Job
from probed.core.observation import CheckAnswer, Memory, Observation
from probed.core.wall_clock import moment_of
from probed.host.jobs import BOARD

FIRST_LOOK = "first_look"
DAY_S = 86_400


def _cron(value: object) -> CronTimes | None:
    return parse_cron(str(value)) if value is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    name: Annotated[str, Field(min_length=1, max_length=128)]
    period_s: Annotated[float, Duration, Field(alias="period", gt=0)] = 86_400.0
    cron: Annotated[CronTimes | None, BeforeValidator(_cron)] = None
    grace_s: Annotated[float, Duration, Field(alias="grace")] = 3600.0
    max_duration_s: Annotated[DurationBound, Field(alias="max_duration")] = None
    severity: Severity = Severity.WARNING
    for_s: For = 0.0


def concerns(params: Params) -> Sequence[Concern]:
    return (Concern(EventSource.JOBS, (params.name,)),)


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    now = datetime.now(UTC)
    first = known.get(FIRST_LOOK)
    waits_since = datetime.fromisoformat(first) if isinstance(first, str) else now
    job = BOARD.job(params.name)
    fault = fault_of(job, params, waits_since, now)
    observation = Observation(
        params.name,
        f"{params.name} {fault or _state(job, params, waits_since, now)}",
        threshold=lasting(params.for_s),
        severity=params.severity if fault else None,
        evidence=_evidence(job, due_at(job, params, waits_since)),
    )
    return (observation, *_duration(job)), {FIRST_LOOK: waits_since.isoformat()}


def fault_of(job: Job, params: Params, waits_since: datetime, now: datetime) -> str:
    """What is wrong with the job; empty: nothing."""
    if job.started_at and params.max_duration_s is not None:
        runs_s = (now - job.started_at).total_seconds()
        if runs_s > params.max_duration_s:
            return f"runs for {age_text(runs_s)}, longer than {age_text(params.max_duration_s)}"
    if job.failed:
        return "has failed" + (f" with exit code {job.exit_code}" if job.exit_code else "")
    late_s = (now - due_at(job, params, waits_since)).total_seconds()
    if late_s <= params.grace_s:
        return ""
    if job.started_at:
        return f"has begun {age_text((now - job.started_at).total_seconds())} ago and not ended"
    return f"is missing: it was due {age_text(late_s)} ago"


def due_at(job: Job, params: Params, waits_since: datetime) -> datetime:
    """When the next end, or for one that runs its end, is due. A clock that was set back keeps nobody waiting."""
    since = job.ended_at or waits_since
    if params.cron is None:
        return _period_after(since, params.period_s)
    due = next_after(params.cron, since)
    if job.started_at and job.started_at >= since and params.max_duration_s is not None:
        return max(due, job.started_at + timedelta(seconds=params.max_duration_s))
    return due


def _period_after(since: datetime, period_s: float) -> datetime:
    """Of whole days the later of so many hours and the same time on the clock: the day with 25 hours makes nobody late
    who follows the one, nor that with 23 who follows the other."""
    due = since + timedelta(seconds=period_s)
    if period_s % DAY_S:
        return due
    shown = since.astimezone().replace(tzinfo=None) + timedelta(seconds=period_s)
    return max(due, moment_of(shown, None))


def _state(job: Job, params: Params, waits_since: datetime, now: datetime) -> str:
    if job.started_at:
        return f"runs since {age_text((now - job.started_at).total_seconds())}"
    if job.ended_at is None:
        return "was not heard of yet"
    is_late = now > due_at(job, params, waits_since)
    return ("is late, " if is_late else "") + f"ended well {age_text((now - job.ended_at).total_seconds())} ago"


def _duration(job: Job) -> CheckAnswer:
    if job.duration_s is None:
        return ()
    summary = f"the last run of {job.name} took {age_text(job.duration_s)}"
    return (Observation(f"{job.name} duration", summary, round(job.duration_s, 3), "s"),)


def _evidence(job: Job, due: datetime) -> dict[str, object]:
    moments = {"started_at": job.started_at, "ended_at": job.ended_at, "succeeded_at": job.succeeded_at, "due_at": due}
    return {
        **{name: at.isoformat(timespec="seconds") if at else None for name, at in moments.items()},
        "exit_code": job.exit_code,
        "duration_s": job.duration_s,
        "said_by": job.said_by,
    }

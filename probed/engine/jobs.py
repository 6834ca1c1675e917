"""Jobs say when they begin and how they end; what changes by it is looked at at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from probed.core.host_event import EventSource, HostEvent
from probed.core.job import Job, Ping, after
from probed.engine.audit import audit
from probed.errors import TooMany
from probed.ports import Actor, Clock, JobBoard, Monitor, Queries

MOST_JOBS = 1000


class JobBook:
    def __init__(
        self,
        monitor: Monitor,
        queries: Queries,
        board: JobBoard | None,
        notice: Callable[[HostEvent], None],
        clock: Clock,
    ) -> None:
        self._monitor, self._queries, self._board = monitor, queries, board
        self._notice, self._clock = notice, clock

    async def recover(self) -> None:
        """What was said before this start."""
        self._tell(await self._queries.jobs())

    async def hear(self, name: str, ping: Ping, by: Actor, exit_code: int | None = None) -> Job:
        """On record is who brought a name up, and what changed its outcome; not each time that all went well. Raises
        TooMany."""
        async with self._monitor.transaction() as tx:
            known = await tx.jobs.find(name)
            if known is None and await tx.jobs.count() >= MOST_JOBS:
                raise TooMany(f"there are {MOST_JOBS} jobs already")
            job = after(known or Job(name), ping, self._clock.now(), by.name, exit_code)
            await tx.jobs.save(job)
            is_news = known is None or (known.failed != job.failed)
            if is_news:
                detail: Mapping[str, object] = {} if exit_code is None else {"exit_code": exit_code}
                await audit(tx, by, name, f"the job said: {ping}", detail)
        self._tell([job])
        if is_news:
            self._notice(HostEvent(EventSource.JOBS, name))
        return job

    def _tell(self, jobs: Sequence[Job]) -> None:
        if self._board:
            self._board.put(jobs)

from __future__ import annotations

from datetime import timedelta

from probed.core.job import Job
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW


async def test_what_a_job_said_is_read_back_and_replaced(monitor: SqliteMonitor) -> None:
    begun = Job("nightly", started_at=NOW, said_by="uid:0 root")
    ended = Job("nightly", None, NOW + timedelta(minutes=1), NOW, True, 3, 60.5, "uid:0 root")
    async with monitor.transaction() as tx:
        await tx.jobs.save(begun)
        assert await tx.jobs.find("nightly") == begun
        await tx.jobs.save(ended)
        await tx.jobs.save(Job("hourly"))

    async with monitor.transaction() as tx:
        assert await tx.jobs.find("other") is None
        assert await tx.jobs.count() == 2
    assert await monitor.jobs() == [Job("hourly"), ended]

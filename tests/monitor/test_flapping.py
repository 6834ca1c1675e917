from __future__ import annotations

from datetime import timedelta

from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, HandClock, make_flapping, next_due
from tests.monitor.filling import add_report


async def test_what_is_stored_is_read_back(monitor: SqliteMonitor) -> None:
    steady = make_flapping()
    flapping = make_flapping(fingerprint="g", since=NOW, look_at=NOW, is_told=True, alert_id="a", report=7)

    async with monitor.transaction() as tx:
        await tx.flapping.save_all([steady, flapping])

    async with monitor.transaction() as tx:
        assert await tx.flapping.of(["f", "g", "h"]) == {"f": steady, "g": flapping}
        assert await tx.flapping.due(NOW) == [flapping]
        assert await tx.flapping.due(NOW - timedelta(seconds=1)) == []


async def test_its_timer_is_due_and_moves_with_the_clock(monitor: SqliteMonitor, clock: HandClock) -> None:
    async with monitor.transaction() as tx:
        await tx.flapping.save_all([make_flapping(since=NOW, look_at=NOW + timedelta(seconds=9))])
    assert await next_due(monitor) == NOW + timedelta(seconds=9)

    async with monitor.transaction() as tx:
        await tx.shift(-3600)

    assert await next_due(monitor) == NOW + timedelta(seconds=9) - timedelta(hours=1)


async def test_reports_that_answer_are_counted(monitor: SqliteMonitor) -> None:
    await add_report(monitor)
    async with monitor.transaction() as tx:
        count, newest = await tx.reports.answers_since("disks", 0)
        assert (count, newest > 0) == (1, True)
        assert await tx.reports.answers_since("disks", newest) == (0, newest)
        assert await tx.reports.answers_since("nobody", 0) == (0, 0)

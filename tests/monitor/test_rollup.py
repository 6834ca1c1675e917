from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from probed.core.trend import Point
from probed.monitor import rollup
from probed.monitor.retention import Lifetimes
from probed.monitor.room import used_bytes
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, make_observation

DAY = 86400.0
MINUTE = timedelta(minutes=1)


async def add(monitor: SqliteMonitor, *values: tuple[datetime, float], object_: str = "/srv") -> None:
    async with monitor.transaction() as tx:
        for at, value in values:
            await tx.samples.add("disk", [make_observation(object=object_, value=value)], at)


async def aggregates(monitor: SqliteMonitor) -> Sequence[tuple[int, datetime, float, float, float, int]]:
    rows = await monitor._writer.execute_fetchall(
        "SELECT step_s, number * step_s AS at_s, coalesce(least, mean), mean, coalesce(most, mean), count"
        " FROM aggregates ORDER BY step_s, number, series_id"
    )
    return [(row[0], datetime.fromtimestamp(row[1], NOW.tzinfo), *row[2:]) for row in rows]


def every(minutes: float, count: int, since: datetime) -> list[tuple[datetime, float]]:
    return [(since + n * minutes * MINUTE, float(n)) for n in range(count)]


async def test_five_minutes_and_an_hour_have_least_mean_most_and_count(monitor: SqliteMonitor) -> None:
    hour = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    await add(monitor, *every(1, 60, hour))

    await monitor.roll_up(NOW)

    rows = await aggregates(monitor)
    assert rows[0] == (300, hour, 0.0, 2.0, 4.0, 5)
    assert rows[11] == (300, hour + 55 * MINUTE, 55.0, 57.0, 59.0, 5)
    assert rows[12:] == [(3600, hour, 0.0, 29.5, 59.0, 60)]


async def test_what_is_not_over_waits_and_an_hour_grows(monitor: SqliteMonitor) -> None:
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    await add(monitor, *every(1, 8, hour))
    await monitor.roll_up(hour + 8 * MINUTE)
    assert [(step_s, count) for step_s, *_, count in await aggregates(monitor)] == [(300, 5), (3600, 5)]

    await add(monitor, *every(1, 12, hour))
    await monitor.roll_up(hour + 12 * MINUTE)
    assert [(step_s, count) for step_s, *_, count in await aggregates(monitor)] == [(300, 5), (300, 5), (3600, 10)]


async def test_a_number_that_never_changed_takes_no_room_for_its_bounds(monitor: SqliteMonitor) -> None:
    await add(monitor, *((NOW - n * MINUTE, 0.1) for n in range(60, 70)))

    await monitor.roll_up(NOW)

    rows = await monitor._writer.execute_fetchall("SELECT least, mean, most FROM aggregates")
    assert {tuple(row) for row in rows} == {(None, 0.1, None)}


async def test_to_roll_up_again_changes_nothing(monitor: SqliteMonitor) -> None:
    await add(monitor, *every(7, 300, NOW - timedelta(days=1.5)))
    await monitor.roll_up(NOW)
    before = await aggregates(monitor)

    async with monitor.transaction() as tx:  # as after a crash between the rows and the mark: never stored apart
        await tx.session.run("UPDATE series SET rolled_to = 0")
    await monitor.roll_up(NOW)

    assert await aggregates(monitor) == before


@pytest.mark.parametrize("back", [timedelta(minutes=2), timedelta(hours=3), timedelta(days=9)])
async def test_what_is_measured_after_the_clock_was_set_back_is_rolled_up_too(
    monitor: SqliteMonitor, back: timedelta
) -> None:
    await add(monitor, (NOW - 6 * MINUTE, 1.0))
    await monitor.roll_up(NOW)

    await add(monitor, (NOW - 6 * MINUTE - back, 3.0))
    await monitor.roll_up(NOW)

    assert sum(count for step_s, *_, count in await aggregates(monitor) if step_s == 300) == 2


async def test_a_clock_that_ran_ahead_does_not_stop_the_roll_up(monitor: SqliteMonitor) -> None:
    ahead = NOW + timedelta(days=900)
    await add(monitor, (ahead - 6 * MINUTE, 1.0))
    await monitor.roll_up(ahead)

    await add(monitor, (NOW - 6 * MINUTE, 2.0))
    await monitor.roll_up(NOW)

    assert [row[3] for row in await aggregates(monitor)] == [2.0, 1.0, 2.0, 1.0]


async def test_nothing_goes_that_was_not_rolled_up(monitor: SqliteMonitor) -> None:
    await add(monitor, (NOW - timedelta(days=3), 5.0), (NOW, 6.0))

    removed = await monitor.prune(NOW, Lifetimes())

    assert removed["samples"] == 1
    assert [row[:4] for row in await aggregates(monitor)] == [
        (step_s, NOW - timedelta(days=3, seconds=NOW.timestamp() % step_s), 5.0, 5.0) for step_s in (300, 3600)
    ]


async def test_each_level_is_kept_for_a_time_of_its_own(monitor: SqliteMonitor) -> None:
    await add(monitor, *((NOW - timedelta(days=days), 1.0) for days in (1, 3, 31, 731)))

    removed = await monitor.prune(NOW, Lifetimes())

    assert (removed["samples"], removed["aggregates"]) == (3, 3)  # 5 minutes: two of four; hours: one
    assert [step_s for step_s, *_ in await aggregates(monitor)] == [300, 300, 3600, 3600, 3600]


async def test_a_series_goes_with_its_last_number(monitor: SqliteMonitor) -> None:
    await add(monitor, (NOW - timedelta(days=40), 1.0))
    await monitor.prune(NOW, Lifetimes())
    assert [series.name for series in (await monitor.every_series(10)).items] == ["disk /srv"]

    await monitor.prune(NOW, Lifetimes(hours_s=30 * DAY))

    assert (await monitor.every_series(10)).items == []


async def test_where_room_is_wanted_old_numbers_go_sooner(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.samples.add("disk", [make_observation(value=1.0)], NOW)
        rows = [{"number": int(NOW.timestamp()) // 3600 - n} for n in range(700 * 24)]
        insert = "INSERT INTO aggregates VALUES (1, 3600, :number, 1.5, 2.5, 3.5, 12)"
        await tx.session.many(insert, rows)
    used = used_bytes(monitor.path)

    await monitor.prune(NOW, Lifetimes(), used)
    assert len(await aggregates(monitor)) == 700 * 24

    await monitor.prune(NOW, Lifetimes(), used // 2)
    assert 100 * 24 < len(await aggregates(monitor)) < 370 * 24


async def test_a_long_past_is_rolled_up_in_small_steps_between_which_others_write(monitor: SqliteMonitor) -> None:
    for number in range(rollup.AT_ONCE + 5):
        await add(monitor, *every(60, 47, NOW - timedelta(hours=48)), object_=f"/{number}")

    rolling = asyncio.create_task(monitor.roll_up(NOW))
    written = 0
    while not rolling.done():
        await monitor.probe_write()
        written += 1
    await rolling

    assert written > 20
    assert len(await aggregates(monitor)) == 2 * 47 * (rollup.AT_ONCE + 5)


async def test_points_come_from_the_finest_level_that_is_kept(monitor: SqliteMonitor) -> None:
    old, hour = NOW - timedelta(days=10), timedelta(hours=1)
    await add(monitor, *every(10, 12, old), *every(1, 10, NOW - 10 * MINUTE))
    await monitor.prune(NOW, Lifetimes(five_minutes_s=5 * DAY))

    fine = await monitor.points("disk", "/srv", old - hour, NOW, 300)
    newest = await monitor.points("disk", "/srv", NOW - 30 * MINUTE, NOW, 60)
    coarse = await monitor.points("disk", "/srv", old - hour, NOW, 86400)

    assert {point.count for point in fine[:-3]} <= {6, 5, 1}  # hours
    assert sum(point.count for point in fine) == sum(point.count for point in coarse) == 22
    assert newest == [Point.of((NOW - 10 * MINUTE + n * MINUTE).timestamp() // 60 * 60, n) for n in range(10)]
    assert await monitor.points("disk", "/nowhere", old, NOW, 60) == []


async def test_years_are_read_in_groups_of_hours(monitor: SqliteMonitor) -> None:
    await add(monitor, *every(60, 240, NOW - timedelta(days=10)))
    await monitor.prune(NOW, Lifetimes())

    points = await monitor.points("disk", "/srv", NOW - timedelta(days=11), NOW, 2 * DAY)

    assert sum(point.count for point in points) == 240
    assert max(point.count for point in points) == 12
    assert (min(point.least for point in points), max(point.most for point in points)) == (0.0, 239.0)

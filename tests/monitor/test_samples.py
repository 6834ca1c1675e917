from __future__ import annotations

import math
from datetime import timedelta

from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, make_observation, measured


async def test_a_series_has_the_numbers_of_one_object_in_the_order_of_time(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        for minute in (2, 0, 1):
            seen = [make_observation(value=80.0 + minute), make_observation(object="/", value=10)]
            await tx.samples.add("disk", seen, NOW + timedelta(minutes=minute))
        await tx.samples.add("inodes", [make_observation(value=1.0)], NOW)

    at = [NOW + timedelta(minutes=minute) for minute in range(3)]
    assert await measured(monitor, "disk", "/srv", NOW) == [(at[0], 80.0), (at[1], 81.0), (at[2], 82.0)]
    assert await measured(monitor, "disk", "/", at[2]) == [(at[2], 10.0)]
    assert await measured(monitor, "disk", "/nowhere", NOW) == []


async def test_only_numbers_are_kept(monitor: SqliteMonitor) -> None:
    seen = [make_observation(value=value) for value in (None, math.nan, math.inf)]

    async with monitor.transaction() as tx:
        await tx.samples.add("disk", seen, NOW)

    assert await measured(monitor, "disk", "/srv", NOW) == []


async def test_a_second_number_of_the_same_moment_replaces_the_first(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.samples.add("disk", [make_observation(value=1.0)], NOW)
        await tx.samples.add("disk", [make_observation(value=2.0)], NOW)

    assert await measured(monitor, "disk", "/srv", NOW) == [(NOW, 2.0)]

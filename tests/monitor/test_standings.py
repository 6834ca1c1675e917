from __future__ import annotations

from datetime import timedelta

from probed.core.autonomy import Rung, Standing
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW


async def test_a_standing_comes_back_as_it_was_saved(monitor: SqliteMonitor) -> None:
    standing = Standing(
        "restart_unit", "unit", Rung.ASK, 2, 7, 9, 1, Rung.OBSERVE, "uid:1000 ann", NOW + timedelta(microseconds=1)
    )
    async with monitor.transaction() as tx:
        await tx.standings.save(Standing("restart_unit", "unit"))
        await tx.standings.save(standing)
        await tx.standings.save(Standing("clean_files", "file"))

    assert await monitor.standings() == [Standing("clean_files", "file"), standing]


async def test_what_was_never_tried_stands_on_the_lowest_rung(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        assert await tx.standings.get("stop_unit", "unit") == Standing("stop_unit", "unit", Rung.OBSERVE)

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from probed.agent.probes.metric_history import probe
from probed.core.trend import Point
from probed.errors import DeadlineExceeded
from probed.monitor.retention import Lifetimes
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from tests.agent.arrange import ImmediateWorkers, no_points
from tests.agent.probes.asking import ask, rows_of
from tests.factories import HandClock, make_observation

HOUR = timedelta(hours=1)


class Recorded:
    def __init__(self, *ages_and_values: tuple[float, float]) -> None:
        """Minutes before the end of the minute that is, and what was measured then."""
        minute = datetime.now(UTC).replace(second=0, microsecond=0)
        self.found = [Point.of((minute - timedelta(minutes=age)).timestamp(), value) for age, value in ages_and_values]
        self.asked: tuple[datetime, datetime] | None = None

    async def points(
        self, check: str, object_: str, since: datetime, until: datetime, width_s: float
    ) -> Sequence[Point]:
        self.asked = (since, until)
        return self.found if (check, object_, width_s) == ("disk", "/srv", 60) else ()


async def test_each_span_has_its_lowest_mean_and_highest_value_newest_first() -> None:
    recorded = Recorded((50, 80.0), (50, 82.0), (0, 90.0))

    rows = rows_of(await ask(probe(recorded.points), check="disk", object="/srv", minutes=60, points=60))

    assert [(row["lowest"], row["mean"], row["highest"], row["samples"]) for row in rows] == [
        (90.0, 90.0, 90.0, 1),
        (80.0, 81.0, 82.0, 2),
    ]


async def test_only_the_asked_time_is_read() -> None:
    recorded = Recorded()

    await ask(probe(recorded.points), check="disk", object="/srv", minutes=60)

    assert recorded.asked is not None
    assert recorded.asked[1] - recorded.asked[0] == timedelta(minutes=60)


async def test_unknown_names_are_an_answer_that_says_so() -> None:
    answer = await ask(probe(no_points), check="disk", object="/nowhere")

    assert answer["rows"] == []
    assert "nothing was measured" in answer["note"]


async def test_a_monitor_that_hangs_ends_at_the_deadline() -> None:
    async def hang(check: str, object_: str, since: datetime, until: datetime, width_s: float) -> Sequence[Point]:
        await asyncio.sleep(20)
        return ()

    with pytest.raises(DeadlineExceeded):
        await probe(hang).answer({"check": "disk", "object": "/"}, ImmediateWorkers(), 0.1)


async def measured_every_six_hours(monitor: SqliteMonitor, days: int) -> None:
    """One percent more each day, up to now; of what is older than two days only the hours are kept."""
    now = datetime.now(UTC)
    async with monitor.transaction() as tx:
        for hours in range(24 * days, -1, -6):
            await tx.samples.add("disk", [make_observation(value=80.0 - hours / 24)], now - hours * HOUR)
    await monitor.prune(now, Lifetimes(samples_s=2 * 86400.0, five_minutes_s=3 * 86400.0))


async def test_months_back_the_hours_are_read_that_are_kept(tmp_path: Path) -> None:
    monitor = await open_monitor(tmp_path / "monitor.db", HandClock(datetime.now(UTC)))
    try:
        await measured_every_six_hours(monitor, days=60)

        rows = rows_of(await ask(probe(monitor.points), check="disk", object="/srv", minutes=60 * 1440, points=60))
    finally:
        await monitor.close()

    assert sum(row["samples"] for row in rows) == pytest.approx(4 * 60, abs=1)
    assert [rows[0]["highest"], rows[-1]["lowest"]] == [80.0, pytest.approx(20, abs=0.3)]

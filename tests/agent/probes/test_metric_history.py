from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from probed.agent.probes.metric_history import Sample, probe
from probed.errors import DeadlineExceeded
from tests.agent.arrange import ImmediateWorkers
from tests.agent.probes.asking import ask, rows_of


class Recorded:
    def __init__(self, *samples: tuple[float, float]) -> None:
        """Age in minutes and value of each sample."""
        now = datetime.now(UTC)
        self.samples = [(now - timedelta(minutes=age), value) for age, value in samples]
        self.since = now

    async def series(self, check: str, object_: str, since: datetime) -> Sequence[Sample]:
        self.since = since
        return self.samples if (check, object_) == ("disk", "/srv") else ()


async def test_each_span_has_its_lowest_mean_and_highest_value_newest_first() -> None:
    recorded = Recorded((55, 80.0), (51, 82.0), (1, 90.0))

    rows = rows_of(await ask(probe(recorded.series), check="disk", object="/srv", minutes=60, points=6))

    assert [(row["lowest"], row["mean"], row["highest"], row["samples"]) for row in rows] == [
        (90.0, 90.0, 90.0, 1),
        (80.0, 81.0, 82.0, 2),
    ]


async def test_only_the_asked_time_is_read() -> None:
    recorded = Recorded()

    await ask(probe(recorded.series), check="disk", object="/srv", minutes=60)

    assert datetime.now(UTC) - recorded.since == pytest.approx(timedelta(minutes=60), abs=timedelta(seconds=5))


async def test_unknown_names_are_an_answer_that_says_so() -> None:
    answer = await ask(probe(Recorded((1, 5.0)).series), check="disk", object="/nowhere")

    assert answer["rows"] == []
    assert "nothing was measured" in answer["note"]


async def test_a_monitor_that_hangs_ends_at_the_deadline() -> None:
    async def hang(check: str, object_: str, since: datetime) -> Sequence[Sample]:
        await asyncio.sleep(20)
        return ()

    with pytest.raises(DeadlineExceeded):
        await probe(hang).answer({"check": "disk", "object": "/"}, ImmediateWorkers(), 0.1)

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from probed.agent.probes.probe import Probe
from probed.agent.probes.table import Table, moment
from probed.core.trend import Point, merged
from probed.errors import DeadlineExceeded
from probed.ports import Workers

Points = Callable[[str, str, datetime, datetime, float], Awaitable[Sequence[Point]]]
"""What a check measured of an object from one moment to another, some points for each so many seconds: the newest as
they were measured, older ones as the monitor rolled them up."""
LONGEST_MINUTES = 2 * 366 * 1440


@dataclass(frozen=True, slots=True)
class Params:
    check: Annotated[str, Field(min_length=1, max_length=200, description="name of the check, such as disk")]
    object: Annotated[str, Field(min_length=1, max_length=200, description="the object as the check names it")]
    minutes: Annotated[
        int, Field(ge=1, le=LONGEST_MINUTES, description="how far back; 1440 is a day, 10080 a week, 43200 a month")
    ] = 360
    points: Annotated[int, Field(ge=2, le=100, description="into how many spans the time is cut")] = 30


def probe(points: Points) -> Probe[Params]:
    async def ask(params: Params, workers: Workers, deadline_s: float) -> Table:
        until, width_s = datetime.now(UTC), 60 * params.minutes / params.points
        since = until - timedelta(minutes=params.minutes)
        try:
            async with asyncio.timeout(deadline_s):
                found = await points(params.check, params.object, since, until, width_s)
        except TimeoutError:
            raise DeadlineExceeded(f"metric_history: no answer within {deadline_s:g} s") from None
        return _table(merged(found, width_s))

    return Probe(
        "metric_history",
        "What a check measured over time, up to two years back: lowest, mean and highest value of each span, newest "
        "first.",
        Params,
        ask,
    )


def _table(spans: Sequence[Point]) -> Table:
    rows = [
        (moment(datetime.fromtimestamp(each.at_s, UTC)), each.least, round(each.mean, 3), each.most, each.count)
        for each in reversed(spans)
    ]
    note = "" if rows else "nothing was measured under these names in this time"
    return Table(("begins", "lowest", "mean", "highest", "samples"), rows, note=note)

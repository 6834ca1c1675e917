from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from probed.agent.probes.probe import Probe
from probed.agent.probes.table import Cell, Table, moment
from probed.errors import DeadlineExceeded
from probed.ports import Workers

Sample = tuple[datetime, float]
Series = Callable[[str, str, datetime], Awaitable[Sequence[Sample]]]
"""The samples of a check's object since a moment, as the monitor keeps them."""


@dataclass(frozen=True, slots=True)
class Params:
    check: Annotated[str, Field(min_length=1, max_length=200, description="name of the check, such as disk")]
    object: Annotated[str, Field(min_length=1, max_length=200, description="the object as the check names it")]
    minutes: Annotated[int, Field(ge=1, le=2880, description="how far back")] = 360
    points: Annotated[int, Field(ge=2, le=100, description="into how many spans the time is cut")] = 30


def probe(series: Series) -> Probe[Params]:
    async def ask(params: Params, workers: Workers, deadline_s: float) -> Table:
        now = datetime.now(UTC)
        try:
            async with asyncio.timeout(deadline_s):
                samples = await series(params.check, params.object, now - timedelta(minutes=params.minutes))
        except TimeoutError:
            raise DeadlineExceeded(f"metric_history: no answer within {deadline_s:g} s") from None
        return _table(samples, params, now)

    return Probe(
        "metric_history",
        "What a check measured over time: lowest, mean and highest value of each span, newest first.",
        Params,
        ask,
    )


def _table(samples: Sequence[Sample], params: Params, now: datetime) -> Table:
    span_s = 60 * params.minutes / params.points
    spans: dict[int, list[Sample]] = {}
    for at, value in samples:
        spans.setdefault(int((now - at).total_seconds() // span_s), []).append((at, value))
    rows = [_row(spans[age]) for age in sorted(spans)]
    note = "" if rows else "nothing was measured under these names in this time"
    return Table(("until", "lowest", "mean", "highest", "samples"), rows, note=note)


def _row(samples: Sequence[Sample]) -> tuple[Cell, ...]:
    values = [value for _, value in samples]
    return (
        moment(max(at for at, _ in samples)),
        min(values),
        round(sum(values) / len(values), 3),
        max(values),
        len(values),
    )

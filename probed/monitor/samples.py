"""Measured numbers in the monitor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from probed.core.observation import Observation
from probed.core.trend import Series
from probed.monitor import series
from probed.monitor.cells import micros
from probed.monitor.session import Row, Session
from probed.monitor.statements import table

ALL_SERIES = table("series", "id check object unit rolled_to written_at")
INSERT_SAMPLE = """
INSERT INTO samples (series_id, at, value)
SELECT id, :at, :value FROM series WHERE "check" = :check AND object = :object
ON CONFLICT DO UPDATE SET value = excluded.value
"""


class SampleRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, check: str, observations: Sequence[Observation], at: datetime) -> None:
        same = {"check": check, "at": micros(at), "most_of_check": series.MOST_OF_CHECK, "most": series.MOST}
        rows = [
            {**same, "object": seen.object, "unit": seen.unit, "value": float(seen.value)}
            for seen in observations
            if seen.value is not None and math.isfinite(seen.value)
        ]
        if rows:
            await self._session.write_each(series.ADD, rows)
            await self._session.write_each(INSERT_SAMPLE, rows)


def from_row(row: Row) -> Series:
    return Series(str(row["id"]), row["check"], row["object"], row["unit"])

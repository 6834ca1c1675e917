"""Measured numbers in the monitor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from probed.core.observation import Observation
from probed.core.trend import Series
from probed.monitor.cells import micros
from probed.monitor.session import Row, Session
from probed.monitor.statements import table

ALL_SERIES = table("series", "id check object unit rolled_to")
INSERT_SERIES = """
INSERT INTO series ("check", object, unit) VALUES (:check, :object, :unit) ON CONFLICT DO NOTHING
"""
INSERT_SAMPLE = """
INSERT INTO samples (series_id, at, value)
SELECT id, :at, :value FROM series WHERE "check" = :check AND object = :object
ON CONFLICT DO UPDATE SET value = excluded.value
"""
ROLL_UP_AGAIN = """
UPDATE series SET rolled_to = :at WHERE "check" = :check AND object = :object AND rolled_to > :at
"""


class SampleRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, check: str, observations: Sequence[Observation], at: datetime) -> None:
        rows = [
            {"check": check, "object": seen.object, "unit": seen.unit, "at": micros(at), "value": float(seen.value)}
            for seen in observations
            if seen.value is not None and math.isfinite(seen.value)
        ]
        if rows:
            await self._session.write_each(INSERT_SERIES, rows)
            await self._session.write_each(INSERT_SAMPLE, rows)
            await self._session.write_each(ROLL_UP_AGAIN, rows)


def from_row(row: Row) -> Series:
    return Series(str(row["id"]), row["check"], row["object"], row["unit"])

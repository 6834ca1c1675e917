"""Making room for new series of measured numbers, before there are as many as there may be: those that were silent for
longest go, with all their numbers, in small transactions between which others write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from probed.monitor import series
from probed.monitor.cells import micros
from probed.monitor.transaction import SqliteTransaction

NEARLY = 0.9
"""Of what may be there: beyond that, room is made."""
SILENT = 25 * 3600 * 10**6
"""Microseconds; what is measured once a day is not silent."""
BATCH = 1000

CLOCK_WAS_AHEAD = "UPDATE series SET written_at = :now WHERE written_at > :now + :silent"
LONGEST_SILENT = """
SELECT id FROM series WHERE (:check IS NULL OR "check" = :check) AND written_at < :now - :silent
ORDER BY written_at LIMIT :number
"""
SAMPLES = """
DELETE FROM samples WHERE series_id = :series_id AND at IN (
    SELECT at FROM samples WHERE series_id = :series_id LIMIT :batch
)
"""
AGGREGATES = """
DELETE FROM aggregates WHERE series_id = :series_id AND (step_s, number) IN (
    SELECT step_s, number FROM aggregates WHERE series_id = :series_id LIMIT :batch
)
"""
EMPTY = "DELETE FROM series WHERE id = :series_id AND written_at < :now - :silent"


class SilentSeries:
    def __init__(
        self, transaction: Callable[[], AbstractAsyncContextManager[SqliteTransaction]], now: datetime
    ) -> None:
        self._transaction, self._times = transaction, {"now": micros(now), "silent": SILENT}

    async def let_go(self) -> None:
        async with self._transaction() as tx:
            numbers = series.by_check(await tx.session.rows(series.BY_CHECK))
            chosen: dict[int, None] = {}
            for check, too_many in _beyond(numbers):
                await tx.session.write(CLOCK_WAS_AHEAD, self._times)
                which = {**self._times, "check": check, "number": too_many}
                chosen |= {row["id"]: None for row in await tx.session.rows(LONGEST_SILENT, which)}
        for series_id in chosen:
            await self._remove(series_id)

    async def _remove(self, series_id: int) -> None:
        of_series = {"series_id": series_id, "batch": BATCH}
        for statement in (SAMPLES, AGGREGATES):
            removed = BATCH
            while removed == BATCH:
                async with self._transaction() as tx:
                    removed = await tx.session.run(statement, of_series)
        async with self._transaction() as tx:
            await tx.session.write(EMPTY, {**self._times, "series_id": series_id})


def _beyond(numbers: Mapping[str, int]) -> Iterator[tuple[str | None, int]]:
    """Of each check, and of all together (None), how many are too many."""
    for check, number in numbers.items():
        if number > series.MOST_OF_CHECK * NEARLY:
            yield check, number - int(series.MOST_OF_CHECK * NEARLY)
    if (number := sum(numbers.values())) > series.MOST * NEARLY:
        yield None, number - int(series.MOST * NEARLY)

"""Numbers of five minutes, and of an hour, become one row: in small transactions between which others write.

Each series knows how far it is rolled up. A number that is written behind that, because the wall clock was set back or
its transaction came late, moves the mark back; to roll the same time up again gives the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from probed.monitor.aggregates import FIVE_MINUTES_S, ROLL_UP_MINUTES, ROLL_UP_SAMPLES
from probed.monitor.cells import micros
from probed.monitor.session import Row
from probed.monitor.transaction import SqliteTransaction

AT_ONCE = 20
"""Series in one transaction."""
LONGEST = 2 * 3600 * 10**6
"""Microseconds of one series in one transaction."""
STEP = FIVE_MINUTES_S * 10**6

TO_DO = """
SELECT id, (
    SELECT min(at) FROM samples WHERE series_id = series.id AND at >= series.rolled_to AND at < :until
) AS since
FROM series WHERE id > :after AND written_at >= rolled_to AND rolled_to < :until ORDER BY id LIMIT :limit
"""
"""Of those series that were written since."""
DONE = "UPDATE series SET rolled_to = :until WHERE id = :series_id"


class RollUp:
    def __init__(
        self, transaction: Callable[[], AbstractAsyncContextManager[SqliteTransaction]], now: datetime
    ) -> None:
        self._transaction, self._until = transaction, micros(now) // STEP * STEP

    async def carry_out(self) -> None:
        """All that is over and not rolled up yet."""
        after: int | None = 0
        while after is not None:
            after = await self._batch(after)

    async def _batch(self, after: int) -> int | None:
        """The next few series, all of their past. Returns the last of them; None: there are no more."""
        while True:
            async with self._transaction() as tx:
                rows = await tx.session.rows(TO_DO, {"until": self._until, "after": after, "limit": AT_ONCE})
                spans = self._spans(rows)
                await tx.session.write_each(ROLL_UP_SAMPLES, spans)
                await tx.session.write_each(ROLL_UP_MINUTES, spans)
                await tx.session.write_each(DONE, spans)
            if not spans:
                return rows[-1]["id"] if len(rows) == AT_ONCE else None

    def _spans(self, rows: Sequence[Row]) -> list[dict[str, int]]:
        return [
            {"series_id": row["id"], "since": since, "until": min(since + LONGEST, self._until)}
            for row in rows
            if row["since"] is not None
            for since in (row["since"] // STEP * STEP,)
        ]

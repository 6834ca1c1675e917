"""Running statements on one connection of the driver, with the driver's errors translated.

To cross to the connection's thread and back costs as much as several rows. So what is only written waits for what has
an answer, and crosses together with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Mapping, Sequence
from typing import TypeVar

from probed.errors import CannotPersist, Conflict, CorruptMonitor, CortexError, MonitorFailed, ParameterError
from probed.monitor.driver import Driver, Work

T = TypeVar("T")
Row = sqlite3.Row
Parameters = Mapping[str, object]
NO_PARAMETERS: Parameters = {}
FULL_OR_FAILING = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN}
)
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
MOST_WAITING = 100
"""Statements that wait for one with an answer."""


class Session:
    """Valid for one transaction: after `end` every further statement is an error, because it would run, and be
    committed, outside of it."""

    __slots__ = ("_driver", "_waiting")

    def __init__(self, driver: Driver) -> None:
        self._driver: Driver | None = driver
        self._waiting: list[Work[object]] = []

    async def rows(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> Sequence[Row]:
        return await self.work(lambda database: database.execute(sql, parameters).fetchall())

    async def first(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> Row | None:
        rows = await self.rows(sql, parameters)
        return rows[0] if rows else None

    async def run(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> int:
        """Return the number of rows changed."""
        return await self.work(lambda database: database.execute(sql, parameters).rowcount)

    async def many(self, sql: str, rows: Sequence[Parameters]) -> int:
        """The statement once for each row. Returns the number of rows changed by all together."""
        return await self.work(lambda database: database.executemany(sql, rows).rowcount)

    async def write(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> None:
        """As `run`, for whom the number does not matter: a later statement, or the commit, may raise what it met."""
        await self._wait(lambda database: database.execute(sql, parameters))

    async def write_each(self, sql: str, rows: Sequence[Parameters]) -> None:
        """As `many`, with an error that may come later."""
        await self._wait(lambda database: database.executemany(sql, rows))

    def commit(self) -> Awaitable[None]:
        """Everything that waits, then the commit itself."""
        return self.work(sqlite3.Connection.commit)

    def work(self, last: Work[T]) -> Awaitable[T]:
        """Do what waits, then this."""
        if self._driver is None:
            raise RuntimeError("the transaction is over")
        waiting, self._waiting = self._waiting, []
        return translated(self._driver.work(waiting, last))

    async def _wait(self, write: Work[object]) -> None:
        if self._driver is None or len(self._waiting) == MOST_WAITING:
            await self.work(write)
        else:
            self._waiting.append(write)

    def end(self) -> None:
        self._driver = None


async def translated(answer: Awaitable[T]) -> T:
    try:
        return await answer
    except sqlite3.Error as error:
        raise as_cortex_error(error) from error
    except UnicodeEncodeError as error:
        raise ParameterError("", f"{error.object!r} is not text that can be stored") from error
    except OverflowError as error:
        raise ParameterError("", "a number is too large to be stored") from error
    except ValueError as error:  # aiosqlite's word for a closed connection
        raise MonitorFailed(f"the monitor failed: {error}") from error


def as_cortex_error(error: sqlite3.Error) -> CortexError:
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(f"the monitor refuses it: {error}")
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
    if code in DAMAGED:
        return CorruptMonitor("the monitor", str(error))
    if code in FULL_OR_FAILING:
        return CannotPersist(f"cannot write the monitor: {error}")
    return MonitorFailed(f"the monitor failed: {error}")

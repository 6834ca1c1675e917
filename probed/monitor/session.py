"""Running statements on one connection of the driver, with the driver's errors translated."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Mapping, Sequence
from typing import TypeVar, cast

from aiosqlite import Connection

from probed.errors import CannotPersist, Conflict, CorruptMonitor, CortexError, MonitorFailed, ParameterError

T = TypeVar("T")
Row = sqlite3.Row
Parameters = Mapping[str, object]
NO_PARAMETERS: Parameters = {}
FULL_OR_FAILING = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN}
)
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Session:
    """Valid for one transaction: after `end` every further statement is an error, because it would run, and be
    committed, outside of it."""

    __slots__ = ("_driver",)

    def __init__(self, driver: Connection) -> None:
        self._driver: Connection | None = driver

    async def rows(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> Sequence[Row]:
        return cast(Sequence[Row], await translated(self._open.execute_fetchall(sql, parameters)))

    async def first(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> Row | None:
        rows = await self.rows(sql, parameters)
        return rows[0] if rows else None

    async def run(self, sql: str, parameters: Parameters = NO_PARAMETERS) -> int:
        """Return the number of rows changed."""
        return (await translated(self._open.execute(sql, parameters))).rowcount

    async def many(self, sql: str, rows: Sequence[Parameters]) -> int:
        """The statement once for each row. Returns the number of rows changed by all together."""
        return (await translated(self._open.executemany(sql, rows))).rowcount

    def end(self) -> None:
        self._driver = None

    @property
    def _open(self) -> Connection:
        if self._driver is None:
            raise RuntimeError("the transaction is over")
        return self._driver


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

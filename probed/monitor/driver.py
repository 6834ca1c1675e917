"""The driver's connection, which also does several things in one crossing to its thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, cast

import aiosqlite

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class Driver(aiosqlite.Connection):
    """To be awaited or entered before it is used; it connects then."""

    def __init__(self, path: Path) -> None:
        super().__init__(lambda: sqlite3.connect(path, isolation_level=None), iter_chunk_size=64)

    async def work(self, first: Sequence[Work[object]], last: Work[T]) -> T:
        """Do one after the other, as far as they succeed, with nobody else's statements in between. Raises what one of
        them raises; returns what the last returns."""

        def all_of_it() -> T:
            for each in first:
                each(self._conn)
            return last(self._conn)

        return cast(T, await self._execute(all_of_it))  # type: ignore[no-untyped-call]

"""Connections of the engine's pool, each held for good by the writer or by the readers."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import aiosqlite
from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_TIMEOUT_MS = 5000
"""How long to wait for another program that has the file locked, such as a backup."""
PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    f"PRAGMA journal_size_limit = {16 * 2**20}",
)


def engine_for(path: Path, connections: int) -> AsyncEngine:
    url = URL.create("sqlite+aiosqlite", database=str(path))
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT", pool_size=connections, max_overflow=0)
    event.listen(engine.sync_engine, "connect", _set_up)
    return engine


def _set_up(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[aiosqlite.Connection]:
    async with engine.connect() as pooled:
        driver = cast(aiosqlite.Connection, (await pooled.get_raw_connection()).driver_connection)
        driver.row_factory = sqlite3.Row
        yield driver

"""A connection of the engine's pool, held for good by the writer or by the readers."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import cast

import aiosqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


@dataclass(frozen=True, slots=True)
class Connection:
    driver: aiosqlite.Connection
    _pooled: AsyncConnection

    @classmethod
    async def open(cls, engine: AsyncEngine) -> Connection:
        pooled = await engine.connect()
        driver = cast(aiosqlite.Connection, (await pooled.get_raw_connection()).driver_connection)
        driver.row_factory = sqlite3.Row
        return cls(driver, pooled)

    async def close(self) -> None:
        await self._pooled.close()

"""Connections to the database, each with a thread of its own and held for good by the writer or by the readers."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from probed.monitor.driver import Driver
from probed.monitor.session import translated

BUSY_TIMEOUT_MS = 5000
"""How long to wait for another program that has the file locked, such as a backup."""
PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    f"PRAGMA journal_size_limit = {16 * 2**20}",
)


@asynccontextmanager
async def connected(path: Path) -> AsyncIterator[Driver]:
    """Transactions begin and end where somebody says so, and nowhere else."""
    connection = Driver(path)
    await translated(connection)
    try:
        connection.row_factory = sqlite3.Row
        for pragma in PRAGMAS:
            await translated(connection.execute(pragma))
        yield connection
    finally:
        await connection.close()

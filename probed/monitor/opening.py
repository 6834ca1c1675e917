"""Opening the monitor's file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from probed.errors import CannotPersist, CorruptMonitor
from probed.monitor.connection import Connection
from probed.monitor.migrate import Migration, known_migrations, migrate
from probed.monitor.session import as_cortex_error
from probed.monitor.sqlite import SqliteMonitor
from probed.ports import Clock

READERS = 2
BUSY_TIMEOUT_MS = 5000
"""How long to wait for another program that has the file locked, such as a backup."""
CHECKED_UP_TO_BYTES = 256 * 2**20
"""A larger file is not read as a whole when it is opened: that would take seconds."""
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
)


async def open_monitor(path: Path, clock: Clock) -> SqliteMonitor:
    """Create or migrate the database at `path` and connect to it.

    Raises CorruptMonitor, NewerMonitor or CannotPersist.
    """
    await asyncio.to_thread(prepare, path, clock.now(), known_migrations())
    engine = _engine(path)
    try:
        writer, *readers = [await Connection.open(engine) for _ in range(1 + READERS)]
    except BaseException:
        await engine.dispose()
        raise
    return SqliteMonitor(path, engine, writer, readers, clock)


def prepare(path: Path, now: datetime, known: Sequence[Migration]) -> None:
    """Make the folder (0700) and the file (0600) if they are missing, check it and bring it to the schema. Blocks."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        _check(path)
        migrate(path, now, known)
    except OSError as error:
        raise CannotPersist(f"cannot open {path}: {error.strerror}") from error
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
            raise CorruptMonitor(str(path), str(error)) from error
        raise as_cortex_error(error) from error


def _check(path: Path) -> None:
    if path.stat().st_size > CHECKED_UP_TO_BYTES:
        return
    with closing(sqlite3.connect(path)) as database:
        (answer,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise CorruptMonitor(str(path), answer)


def _engine(path: Path) -> AsyncEngine:
    url = URL.create("sqlite+aiosqlite", database=str(path))
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT", pool_size=1 + READERS, max_overflow=0)
    event.listen(engine.sync_engine, "connect", _set_up)
    return engine


def _set_up(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()

"""The room that the database takes on the disk, and giving back what it no longer needs."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from probed.monitor.session import as_cortex_error

AT_ONCE = 500
"""Pages that are given back in one step: about two megabytes."""
SPARE = 0.1
"""This share of the file may stay free, for what is written next."""
PAUSE_S = 0.02
BUSY_S = 5.0


def used_bytes(path: Path) -> int:
    """Without the pages that are free. Blocks. Raises CannotPersist, MonitorFailed."""
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_S)) as database:
            pages, free = _pages(database)
            (page_bytes,) = database.execute("PRAGMA page_size").fetchone()
    except sqlite3.Error as error:
        raise as_cortex_error(error) from error
    return int((pages - free) * page_bytes)


def give_pages_back(path: Path) -> None:
    """Shorten the file, in small steps between which others write. Blocks. Raises CannotPersist, MonitorFailed."""
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)) as database:
            while (surplus := _surplus(database)) > 0 and _step(database, min(surplus, AT_ONCE)):
                time.sleep(PAUSE_S)
    except sqlite3.Error as error:
        raise as_cortex_error(error) from error


def _step(database: sqlite3.Connection, pages: int) -> bool:
    """Whether that gave anything back: only a database that was made for it does."""
    before = _surplus(database)
    database.executescript(f"PRAGMA incremental_vacuum({pages})")  # `execute` would stop after its first page
    return _surplus(database) < before


def _surplus(database: sqlite3.Connection) -> int:
    pages, free = _pages(database)
    return free - int(pages * SPARE)


def _pages(database: sqlite3.Connection) -> tuple[int, int]:
    """In the file, and of them free."""
    (pages,), (free,) = (database.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count"))
    return pages, free

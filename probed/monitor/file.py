"""The monitor's file, before anybody is connected to it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from probed.errors import CannotPersist, CorruptMonitor
from probed.monitor.migrate import Migration, migrate
from probed.monitor.session import as_cortex_error

CHECKED_UP_TO_BYTES = 256 * 2**20
"""A larger file is not read as a whole when it is opened: that would take seconds."""
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def prepare(path: Path, now: datetime, known: Sequence[Migration]) -> None:
    """Make the folder (0700) and the file (0600) if they are missing, check it and bring it to the schema. Blocks.

    Raises CorruptMonitor, NewerMonitor or CannotPersist.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        _check(path)
        migrate(path, now, known)
    except OSError as error:
        raise CannotPersist(f"cannot open {path}: {error.strerror}: {error.filename}") from error
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

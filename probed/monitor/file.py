"""The monitor's file, before anybody is connected to it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from probed.errors import CannotPersist, CorruptMonitor
from probed.monitor.checkup import is_read_through
from probed.monitor.migrate import Migration, migrate
from probed.monitor.session import DAMAGED, as_cortex_error

READ_THROUGH_S = 2.0
"""A large file is not read to its end when it is opened: the daemon starts all the same."""


def prepare(path: Path, now: datetime, known: Sequence[Migration]) -> None:
    """Make the folder (0700) and the file (0600) if they are missing, check it and bring it to the schema. Blocks.

    Raises CorruptMonitor, NewerMonitor or CannotPersist.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(path)) as database:
            is_read_through(database, path, READ_THROUGH_S)
        migrate(path, now, known)
    except OSError as error:
        raise CannotPersist(f"cannot open {path}: {error.strerror}: {error.filename}") from error
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
            raise CorruptMonitor(str(path), str(error)) from error
        raise as_cortex_error(error) from error

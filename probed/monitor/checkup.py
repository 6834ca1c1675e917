"""Looking at a monitor's file without changing it, also while a daemon uses it."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from probed.errors import CannotPersist, CorruptMonitor, NewerMonitor
from probed.monitor.migrate import known_migrations, refuse_strangers
from probed.monitor.series import BY_CHECK, refusals
from probed.monitor.session import DAMAGED, as_cortex_error

BUSY_S = 5.0
STEPS = 10_000
"""After so many steps of SQLite's machine the deadline is looked at."""


@dataclass(frozen=True, slots=True)
class Checkup:
    size_bytes: int
    is_complete: bool
    """False where reading every page would have taken longer than the deadline."""
    missing: tuple[str, ...]
    """Migrations that the next start applies."""
    refused: tuple[str, ...] = ()
    """Measured numbers that are not kept, because there are too many already."""


def check_up(path: Path, *, within_s: float) -> Checkup:
    """Read every page, compare the schema, commit a write that changes nothing. Blocks.

    Raises CorruptMonitor, NewerMonitor or CannotPersist.
    """
    try:
        with closing(
            sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=BUSY_S, isolation_level=None)
        ) as file:
            missing = missing_migrations(file, path)
            _write(file)
            refused = () if missing else _refused(file)
            return Checkup(path.stat().st_size, is_read_through(file, path, within_s), missing, refused)
    except OSError as error:
        raise CannotPersist(f"cannot open {path}: {error.strerror}") from error
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
            raise CorruptMonitor(str(path), str(error)) from error
        raise as_cortex_error(error) from error


def stored_setting(path: Path, name: str) -> object | None:
    """What the daemon has noted under this name; None where there is nothing. Raises CannotPersist, MonitorFailed."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=BUSY_S)) as file:
            row = file.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    except sqlite3.Error as error:
        raise as_cortex_error(error) from error
    return None if row is None else json.loads(row[0])


def missing_migrations(file: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    """What the next start applies to this database. Raises NewerMonitor, also for another program's."""
    known = known_migrations()
    tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and "migrations" not in tables:
        raise NewerMonitor(str(path), "it is the database of another program")
    applied = dict(file.execute("SELECT name, checksum FROM migrations")) if tables else {}
    refuse_strangers(path, applied, known)
    return tuple(migration.name for migration in known if migration.name not in applied)


def _refused(file: sqlite3.Connection) -> tuple[str, ...]:
    return tuple(refusals(dict(file.execute(BY_CHECK))).values())


def _write(file: sqlite3.Connection) -> None:
    (version,) = file.execute("PRAGMA user_version").fetchone()
    file.execute("BEGIN IMMEDIATE")
    file.execute(f"PRAGMA user_version = {int(version)}")
    file.execute("COMMIT")


def is_read_through(database: sqlite3.Connection, path: Path, within_s: float) -> bool:
    """Read every page; False where that would take longer. Raises CorruptMonitor."""
    until = time.monotonic() + within_s
    database.set_progress_handler(lambda: int(time.monotonic() > until), STEPS)
    try:
        (answer,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return False
        raise
    if answer != "ok":
        raise CorruptMonitor(str(path), answer)
    return True


def read_whole(database: sqlite3.Connection, path: Path) -> None:
    """Read every page and every index, and follow every reference, however long that takes. Raises CorruptMonitor."""
    (answer,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if answer != "ok":
        raise CorruptMonitor(str(path), answer)
    if stray := database.execute("PRAGMA foreign_key_check").fetchone():
        raise CorruptMonitor(str(path), f"a row of {stray[0]} refers to nothing in {stray[2]}")

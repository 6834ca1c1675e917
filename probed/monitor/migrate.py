"""Bringing a database file to the schema of this version."""

from __future__ import annotations

import hashlib
import importlib
import os
import pkgutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from probed.errors import MonitorFailed, NewerMonitor
from probed.monitor import migrations

RECORD = "CREATE TABLE migrations (name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at TEXT NOT NULL)"


@dataclass(frozen=True, slots=True)
class Migration:
    """A module of `migrations`; the time in its name is its place in the order."""

    name: str
    statements: tuple[str, ...]

    @property
    def checksum(self) -> str:
        return hashlib.sha256("\0".join(self.statements).encode()).hexdigest()


def known_migrations() -> Sequence[Migration]:
    names = sorted(module.name for module in pkgutil.iter_modules(migrations.__path__))
    return [Migration(name, importlib.import_module(f"{migrations.__name__}.{name}").STATEMENTS) for name in names]


def migrate(path: Path, now: datetime, known: Sequence[Migration], *, copies: bool = True) -> None:
    """Apply what is missing, each migration in a transaction of its own. Blocks.

    With `copies` an existing database is copied beside itself first, to `NAME.before-MIGRATION`. Raises NewerMonitor.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        applied = _applied(database, path)
        refuse_strangers(path, applied, known)
        database.execute("PRAGMA journal_mode = WAL")
        missing = [migration for migration in known if migration.name not in applied]
        if copies and applied and missing:
            _copy(database, path.with_name(f"{path.name}.before-{missing[0].name}"))
        for migration in missing:
            _apply(database, path, migration, now)


def _applied(database: sqlite3.Connection, path: Path) -> dict[str, str]:
    """Checksums by name. Creates the record in an empty database."""
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")  # only before the first table is made
        database.execute(RECORD)
    elif "migrations" not in tables:
        raise NewerMonitor(str(path), "it is the database of another program")
    return dict(database.execute("SELECT name, checksum FROM migrations"))


def refuse_strangers(path: Path, applied: dict[str, str], known: Sequence[Migration]) -> None:
    """Raises NewerMonitor."""
    checksums = {migration.name: migration.checksum for migration in known}
    for name, checksum in applied.items():
        if name not in checksums:
            raise NewerMonitor(str(path), f"it has the migration {name}, which only a newer version knows")
        if checksums[name] != checksum:
            raise NewerMonitor(str(path), f"its migration {name} differs from the one of this version")


def _copy(database: sqlite3.Connection, target: Path) -> None:
    """Complete or absent, never half: it is written under another name first."""
    unfinished = target.with_name(f"{target.name}.tmp")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(unfinished)) as copy:
        database.backup(copy)
    unfinished.replace(target)


def _apply(database: sqlite3.Connection, path: Path, migration: Migration, now: datetime) -> None:
    database.execute("BEGIN IMMEDIATE")
    try:
        for statement in migration.statements:
            database.execute(statement)
        if database.execute("PRAGMA foreign_key_check").fetchone():
            raise MonitorFailed(f"{path}: the migration {migration.name} leaves rows that refer to nothing")
        row = (migration.name, migration.checksum, now.isoformat())
        database.execute("INSERT INTO migrations VALUES (?, ?, ?)", row)
        database.execute("COMMIT")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")

"""Opening the monitor whatever became of its file: one that is damaged gives way to the newest good backup."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from probed.errors import CorruptMonitor
from probed.monitor.backups import BackupFolder
from probed.monitor.checkup import read_whole
from probed.monitor.restoring import Restored, heal, undo_half_a_swap
from probed.monitor.session import DAMAGED
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from probed.ports import Clock

SUSPECT = ".suspect"


async def open_or_heal(folder: BackupFolder, clock: Clock) -> tuple[SqliteMonitor, Restored | None]:
    """The monitor, and what had to be done for it; None where it was sound.

    Raises NewerMonitor, CannotPersist and ConfigError as `open_monitor`: nothing is set aside for these.
    """
    suspicion, healed = _suspicion(folder.database), None
    await asyncio.to_thread(undo_half_a_swap, folder.database)
    try:
        await asyncio.to_thread(_refuse_an_emptied_file, folder)
        if suspicion.exists():
            await asyncio.to_thread(_read_whole, folder.database)
        monitor = await open_monitor(folder.database, clock)
    except CorruptMonitor:
        healed = await asyncio.to_thread(heal, folder, clock.now())
        monitor = await open_monitor(folder.database, clock)
    suspicion.unlink(missing_ok=True)
    return monitor, healed


def suspect(database: Path) -> None:
    """The next start reads it to its end, however long that takes, before anything relies on it."""
    _suspicion(database).touch(mode=0o600)


def _suspicion(database: Path) -> Path:
    return database.with_name(f"{database.name}{SUSPECT}")


def _refuse_an_emptied_file(folder: BackupFolder) -> None:
    """To SQLite an empty file is a new database. Where there are backups, something was in it."""
    with suppress(FileNotFoundError):
        if folder.database.lstat().st_size == 0 and folder.known():
            raise CorruptMonitor(str(folder.database), "the file is empty")


def _read_whole(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as database:
            read_whole(database, path)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
            raise CorruptMonitor(str(path), str(error)) from error
        raise

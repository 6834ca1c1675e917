"""Putting a backup in the place of the database, while no daemon uses it: beside it first, checked, then swapped."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from probed.core.backup import Backup
from probed.core.intent import link
from probed.errors import CannotPersist, CortexError
from probed.monitor.backups import BackupFolder, sync_folder
from probed.monitor.cells import micros
from probed.monitor.file import BESIDE
from probed.monitor.intents import INSERT, NEWEST, from_row, to_row
from probed.monitor.migrate import known_migrations, migrate
from probed.monitor.session import as_cortex_error
from probed.ports import Actor

CONFIRM_ANEW = timedelta(minutes=15)
"""So long a person has to confirm again what may have been confirmed after the backup."""
UNFINISHED = ".restoring"
OURSELVES = Actor("cortex")
RESTORED = "this took the place of the database; what was decided and done after it is not in this record"

MARK_AS_DOUBTFUL = (
    # whether it was done after the backup, nobody knows: an action is verified, a message is marked as repeated
    """
    UPDATE effects SET state = 'in_doubt', started_at = coalesce(started_at, :now)
    WHERE kind IN ('execute', 'send') AND state IN ('pending', 'started')
    """,
    """
    UPDATE decisions SET state = 'executing' WHERE state = 'approved'
    AND id IN (SELECT json_extract(payload, '$.decision_id') FROM effects WHERE kind = 'execute' AND state = 'in_doubt')
    """,
    """
    UPDATE effects SET due_at = max(due_at, :then), state = 'pending', attempts = 0
    WHERE kind = 'roll_back' AND state IN ('pending', 'started', 'in_doubt')
    """,
    """
    UPDATE changes SET revert_at = max(revert_at, :then)
    WHERE revert_at IS NOT NULL AND rolled_back_at IS NULL AND confirmed_by = ''
    """,
)


@dataclass(frozen=True, slots=True)
class Restored:
    backup: Backup | None
    """None: there was no good one, and the database begins anew."""
    set_aside: Path | None
    """Where the database that was there lies now."""
    skipped: Sequence[str]
    """Newer backups that could not be restored, each with why."""
    took_s: float

    @property
    def words(self) -> str:
        """After a healing."""
        if self.backup is None:
            became = "there was no backup that could be restored, so that it begins anew"
        else:
            at = f"{self.backup.taken_at:%Y-%m-%d %H:%M} UTC"
            became = f"it was restored from the backup of {at}; what was kept after that is lost"
        aside = f"; the damaged file is kept as {self.set_aside}" if self.set_aside else ""
        return f"the monitor of Cortex was damaged, and {became}{aside}"


def restore(folder: BackupFolder, backup: Backup, now: datetime, by: Actor) -> Restored:
    """Blocks. Until the last moment the database stays as it is, and it is kept afterwards.

    Raises DamagedBackup, NewerMonitor, CannotPersist.
    """
    began_s = time.monotonic()
    undo_half_a_swap(folder.database)
    fresh = _beside(folder, partial(folder.unpack, backup), now, by, backup.name)
    set_aside = _swap(folder.database, fresh, f"replaced-{now:%Y%m%dT%H%M%SZ}")
    return Restored(backup, set_aside, (), time.monotonic() - began_s)


def restore_copy(folder: BackupFolder, copy: Path, now: datetime, by: Actor) -> Restored:
    """As `restore`, from a database file such as the copy that was made before a migration. It stays."""
    began_s = time.monotonic()
    undo_half_a_swap(folder.database)
    fresh = _beside(folder, partial(folder.copy_out, copy), now, by, copy.name)
    set_aside = _swap(folder.database, fresh, f"replaced-{now:%Y%m%dT%H%M%SZ}")
    return Restored(None, set_aside, (), time.monotonic() - began_s)


def heal(folder: BackupFolder, now: datetime) -> Restored:
    """Set a damaged database aside and put the newest good backup in its place, or nothing where there is none.

    Blocks. Raises CannotPersist.
    """
    began_s, skipped, fresh, chosen = time.monotonic(), [], None, None
    for backup in reversed(folder.known()):
        try:
            fresh = _beside(folder, partial(folder.unpack, backup), now, OURSELVES, backup.name)
            chosen = backup
            break
        except CannotPersist:
            raise
        except CortexError as error:
            skipped.append(str(error))
    set_aside = _swap(folder.database, fresh, f"damaged-{now:%Y%m%dT%H%M%SZ}")
    return Restored(chosen, set_aside, skipped, time.monotonic() - began_s)


def undo_half_a_swap(database: Path) -> None:
    """A swap that was cut off between its renames has taken the database away and put nothing in its place: what it set
    aside comes back, the database itself last. Blocks. Raises CannotPersist."""
    if database.exists() or not _unfinished(database).exists():
        return
    try:
        for target in sorted(database.parent.glob(f"{database.name}.*-*Z"), key=_set_aside_at)[-1:]:
            _move(target, database, (*BESIDE, ""))
        sync_folder(database.parent)
    except OSError as error:
        raise CannotPersist(f"cannot put {database} back: {error.strerror}") from error


def _set_aside_at(path: Path) -> str:
    return path.name.rpartition("-")[2]


def _unfinished(database: Path) -> Path:
    return database.with_name(f"{database.name}{UNFINISHED}")


def _beside(folder: BackupFolder, write: Callable[[Path], None], now: datetime, by: Actor, name: str) -> Path:
    """What `write` puts there, ready to be used."""
    fresh = _unfinished(folder.database)
    folder.database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        write(fresh)
        migrate(fresh, now, known_migrations(), copies=False)
        _mark(fresh, now)
        _record(fresh, now, by, name)
    except sqlite3.Error as error:
        _remove(fresh)
        raise as_cortex_error(error) from error
    except BaseException:
        _remove(fresh)
        raise
    return fresh


def _remove(database: Path) -> None:
    for suffix in ("", *BESIDE):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def _mark(database: Path, now: datetime) -> None:
    """What waited when the backup was taken may have been done since."""
    values = {"now": micros(now), "then": micros(now + CONFIRM_ANEW)}
    with closing(sqlite3.connect(database, isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        for statement in MARK_AS_DOUBTFUL:
            file.execute(statement, values)
        file.execute("COMMIT")


def _record(database: Path, now: datetime, by: Actor, name: str) -> None:
    """The record of intents goes on from where the backup was taken, and says so."""
    with closing(sqlite3.connect(database, isolation_level=None)) as file:
        file.row_factory = sqlite3.Row
        file.execute("BEGIN IMMEDIATE")
        newest = file.execute(NEWEST).fetchone()
        previous = from_row(newest) if newest else None
        file.execute(INSERT, to_row(link(previous, now, "audit", by.name, name, RESTORED, by.traces)))
        file.execute("COMMIT")


def _swap(database: Path, fresh: Path | None, mark: str) -> Path | None:
    """The companions go with the file that they belong to: SQLite would read them as a part of the other one."""
    try:
        set_aside = _set_aside(database, mark)
        if fresh:
            fresh.replace(database)
        sync_folder(database.parent)
    except OSError as error:
        raise CannotPersist(f"cannot replace {database}: {error.strerror}") from error
    return set_aside


def _set_aside(database: Path, mark: str) -> Path | None:
    target = database.with_name(f"{database.name}.{mark}")
    _move(database, target, ("", *BESIDE))
    return target if target.exists() else None


def _move(database: Path, target: Path, suffixes: Sequence[str]) -> None:
    for suffix in suffixes:
        part = database.with_name(database.name + suffix)
        if part.exists():
            part.replace(target.with_name(target.name + suffix))

"""The folder of backups: each is one consistent copy of the database, checked before it counts."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from probed.config.trust import distrust, distrust_state_folder
from probed.core.backup import Backup
from probed.core.size import size_text
from probed.errors import CannotPersist, CorruptMonitor, DamagedBackup, MonitorFailed, NotFound, Overloaded
from probed.monitor.checkup import missing_migrations, read_whole
from probed.monitor.sealing import Seal
from probed.monitor.session import DAMAGED, as_cortex_error

MANIFEST = ".json"
WORK = ".work-"
"""What a copy under way is called; what is left of one that was interrupted goes with the next."""
LOCK = ".lock"
BUSY_S = 5.0
SPARE_BYTES = 50 * 2**20
"""What has to stay free."""
PLAIN = Seal()


@dataclass(frozen=True, slots=True)
class BackupFolder:
    """Everything here blocks."""

    database: Path
    folder: Path
    seal: Seal = PLAIN

    def take(self, now: datetime) -> Backup:
        """A backup that was read through and counted. What writes to the database is not held up.

        Raises CannotPersist, also where others could change the folder, CorruptMonitor where the database itself is
        damaged, Overloaded.
        """
        try:
            self._prepare()
            with self._alone():
                self._refuse_a_full_disk()
                return self._take(now)
        except OSError as error:
            raise CannotPersist(f"cannot write a backup to {self.folder}: {error.strerror}") from error

    def _take(self, now: datetime) -> Backup:
        began_s = time.monotonic()
        sealed = self.folder / f"monitor-{now:%Y%m%dT%H%M%SZ}.db{self.seal.suffix}"
        copy, half = self.folder / f"{WORK}copy", self.folder / f"{WORK}{sealed.name}"
        _copy(self.database, copy)
        rows = _checked(copy, self.database)
        sha256 = self.seal.pack(copy, half)
        sizes, took_s = (half.stat().st_size, copy.stat().st_size), round(time.monotonic() - began_s, 3)
        taken = Backup(sealed.name, now, *sizes, sha256, rows, took_s)
        self._keep(half, sealed, taken)
        return taken

    def known(self) -> list[Backup]:
        """Those whose file and manifest are there, the oldest first."""
        if not self.folder.is_dir():
            return []
        found = (_read_manifest(path) for path in self.folder.glob(f"*{MANIFEST}"))
        there = (backup for backup in found if backup and (self.folder / backup.name).is_file())
        return sorted(there, key=lambda backup: (backup.taken_at, backup.name))

    def written_bytes(self) -> int:
        """By whatever is being taken or checked now; what is left of one that was interrupted does not count."""
        if not self._is_busy():
            return 0
        sizes = 0
        for path in self.folder.glob(f"{WORK}*"):
            with suppress(FileNotFoundError):  # it is over
                sizes += path.stat().st_size
        return sizes

    def _is_busy(self) -> bool:
        try:
            with open(os.open(self.folder / LOCK, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW), "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # there was none yet
            return False
        return False

    def get(self, name: str) -> Backup:
        """The backup of this name, or the only one that begins so; `latest` is the newest. Raises NotFound."""
        backups = self.known()
        if name == "latest" and backups:
            return backups[-1]
        found = [backup for backup in backups if backup.name.startswith(name)] if name else []
        exact = [backup for backup in found if backup.name == name]
        if len(exact or found) != 1:
            what = f"{len(found)} backups begin with" if found else "there is no backup"
            raise NotFound(f"{what} {name!r} in {self.folder}; see: cortexctl backup list")
        return (exact or found)[0]

    def unpack(self, backup: Backup, target: Path) -> None:
        """Write the database to `target` and check it as a restore has to: content, pages, rows, version.

        Raises DamagedBackup, NewerMonitor, CannotPersist.
        """
        if fault := self._distrust(backup):
            raise DamagedBackup(backup.name, fault)
        try:
            if self.seal.unpack(self.folder / backup.name, target) != backup.sha256:
                raise DamagedBackup(backup.name, "what is in it is not what was put in")
            rows = _checked(target, target)
        except CorruptMonitor as error:
            raise DamagedBackup(backup.name, error.reason) from error
        if rows != backup.rows:
            raise DamagedBackup(backup.name, "it holds other numbers of rows than its manifest says")

    def copy_out(self, copy: Path, target: Path) -> None:
        """As `unpack`, of a copy that is no backup, such as the one from before a migration."""
        try:
            target.unlink(missing_ok=True)
            _copy(copy, target)
            _checked(target, copy)
        except CorruptMonitor as error:
            raise DamagedBackup(copy.name, error.reason) from error
        except OSError as error:
            raise CannotPersist(f"cannot copy {copy}: {error.strerror}") from error

    def verify(self, backup: Backup) -> float:
        """Unpack and check it beside the others; how many seconds that took. Raises as `unpack`."""
        with self._alone():
            began_s = time.monotonic()
            self.unpack(backup, self.folder / f"{WORK}verified")
            return round(time.monotonic() - began_s, 3)

    def remove(self, backup: Backup) -> None:
        """The manifest first: a file without one is no backup."""
        (self.folder / f"{backup.name}{MANIFEST}").unlink(missing_ok=True)
        (self.folder / backup.name).unlink(missing_ok=True)

    def _distrust(self, backup: Backup) -> str:
        """Why its content may be somebody else's: in a sticky folder others can add files."""
        file = self.folder / backup.name
        try:
            faults = (distrust(path.lstat(), path) for path in (file, file.with_name(f"{file.name}{MANIFEST}")))
            fault = distrust(self.folder.stat(), self.folder, sticky_is_enough=True)
            return f"{self.folder} {fault}" if fault else next((f"it {each}" for each in faults if each), "")
        except OSError as error:
            return f"{file} cannot be looked at: {error.strerror}"

    def _prepare(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if fault := distrust_state_folder(self.folder):
            raise CannotPersist(f"no backup is put into {self.folder}, which {fault}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time works in the folder, whichever process it is; what was left half done goes. Raises Overloaded
        where another one takes long."""
        descriptor = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            _lock(descriptor)
            self._tidy()
            yield
        finally:
            self._tidy()
            os.close(descriptor)

    def _refuse_a_full_disk(self) -> None:
        """The copy and what is made of it have to fit, and must not be what fills the disk."""
        wanted = 2 * self.database.stat().st_size + SPARE_BYTES
        free = shutil.disk_usage(self.folder).free
        if free < wanted:
            raise CannotPersist(
                f"no room for a backup in {self.folder}: {size_text(free)} are free, {size_text(wanted)} are wanted"
            )

    def _keep(self, half: Path, sealed: Path, taken: Backup) -> None:
        manifest = half.with_name(f"{half.name}{MANIFEST}")
        with os.fdopen(os.open(manifest, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w") as file:
            json.dump(_manifest(taken), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        half.replace(sealed)
        manifest.replace(sealed.with_name(f"{sealed.name}{MANIFEST}"))
        sync_folder(self.folder)

    def _tidy(self) -> None:
        for path in self.folder.glob(f"{WORK}*"):
            with suppress(OSError):
                path.unlink()


def _lock(descriptor: int) -> None:
    until = time.monotonic() + BUSY_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise Overloaded("another backup or check of one is under way; try again in a moment") from None
            time.sleep(0.1)
        else:
            return


def sync_folder(folder: Path) -> None:
    """So that a rename outlives a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(database: Path, target: Path) -> None:
    """In one step: writers go on beside it, and it is as of one moment. Afterwards it is one file, without a log."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        with (
            closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=BUSY_S)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise _translated(error, database) from error


def _checked(file: Path, named: Path) -> Mapping[str, int]:
    """The rows of each table, when every page and every reference is sound. Raises CorruptMonitor and NewerMonitor."""
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as database:
            read_whole(database, named)
            missing_migrations(database, named)
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            counts = {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608
    except sqlite3.Error as error:
        raise _translated(error, named) from error
    return counts


def _translated(error: sqlite3.Error, database: Path) -> CannotPersist | MonitorFailed:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
        return CorruptMonitor(str(database), str(error))
    translated = as_cortex_error(error)
    return translated if isinstance(translated, CannotPersist) else MonitorFailed(str(translated))


def _manifest(backup: Backup) -> dict[str, object]:
    return {
        "version": 1,
        "name": backup.name,
        "taken_at": backup.taken_at.isoformat(),
        "stored_bytes": backup.stored_bytes,
        "content_bytes": backup.content_bytes,
        "sha256": backup.sha256,
        "rows": dict(backup.rows),
        "took_s": backup.took_s,
    }


def _read_manifest(path: Path) -> Backup | None:
    """None for what is no manifest of ours, or speaks of another file."""
    try:
        content = json.loads(path.read_bytes())
        backup = Backup(
            str(content["name"]),
            datetime.fromisoformat(content["taken_at"]),
            int(content["stored_bytes"]),
            int(content["content_bytes"]),
            str(content["sha256"]),
            cast(Mapping[str, int], dict(content["rows"])),
            float(content["took_s"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return backup if path.name == f"{backup.name}{MANIFEST}" and backup.taken_at.tzinfo else None

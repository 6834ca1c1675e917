"""The monitor's file, before anybody is connected to it."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from probed.config.trust import distrust_state_folder, of_another_daemon
from probed.errors import CannotPersist, ConfigError, CorruptMonitor, CortexError
from probed.monitor.checkup import is_read_through
from probed.monitor.migrate import Migration, migrate
from probed.monitor.session import DAMAGED, as_cortex_error

READ_THROUGH_S = 2.0
"""A large file is not read to its end when it is opened: the daemon starts all the same."""
MODE = 0o600
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database, and reads as a part of it."""
LINK = "is a link; give the file itself as monitor.path"


def prepare(path: Path, now: datetime, known: Sequence[Migration]) -> None:
    """Make the folder (0700) and the file (0600) if they are missing, check it and bring it to the schema. Blocks.

    Raises ConfigError where others could read or replace it, CorruptMonitor, NewerMonitor or CannotPersist.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(path)
        with closing(sqlite3.connect(path)) as database:
            is_read_through(database, path, READ_THROUGH_S)
        migrate(path, now, known)
    except OSError as error:
        raise CannotPersist(f"cannot open {path}: {error.strerror}: {error.filename}") from error
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
            raise CorruptMonitor(str(path), str(error)) from error
        raise named(as_cortex_error(error), path) from error


def named(error: CortexError, path: Path) -> CortexError:
    """A monitor that cannot be written, with which one."""
    return CannotPersist(f"{path}: {error}") if isinstance(error, CannotPersist) else error


def make_private(path: Path) -> None:
    """Make the file if it is missing, and it and its companions the owner's alone. Raises ConfigError where one of them
    is no file of ours, or others could put their own in its place."""
    if fault := distrust_state_folder(path.parent):
        raise ConfigError(str(path.parent), 0, f"the folder of monitor.path {fault}")
    _make_private(path, os.O_CREAT)
    for suffix in BESIDE:
        companion = path.with_name(path.name + suffix)
        if os.path.lexists(companion):
            _make_private(companion)


def fault_of(status: os.stat_result) -> str:
    """Why it cannot be a part of this user's monitor; empty where it can."""
    if stat.S_ISLNK(status.st_mode):
        return LINK
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file"
    return of_another_daemon(status.st_uid) if status.st_uid != os.geteuid() else ""


def _make_private(path: Path, flags: int = 0) -> None:
    try:
        file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | flags, MODE)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ConfigError(str(path), 0, LINK) from error
        raise
    try:
        status = os.fstat(file)
        if fault := fault_of(status):
            raise ConfigError(str(path), 0, fault)
        if stat.S_IMODE(status.st_mode) & 0o077:
            os.fchmod(file, MODE)
    finally:
        os.close(file)

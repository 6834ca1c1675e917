"""`probed restore`: put a backup in the place of the database while no daemon runs."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from probed.api.peer import login_uid_of, name_of
from probed.assembly import build_backup_folder
from probed.config.defaults import resolved
from probed.config.settings import Settings
from probed.core.backup import Backup
from probed.daemon.lock import StateLock
from probed.doctor.account import take_daemons_place
from probed.errors import NotFound
from probed.monitor.backups import MANIFEST, BackupFolder
from probed.monitor.restoring import restore, restore_copy
from probed.monitor.sealing import is_sealed
from probed.offline import effective_settings
from probed.ports import Actor


def restore_backup(config: Path | None, name: str, identity: Path | None) -> int:
    """A `name` with a slash is the path of a copy of the database, or of a backup.

    Raises AlreadyRunning while a daemon uses the database, NotFound, DamagedBackup, CannotPersist, ConfigError.
    """
    by = _whoever_asks()
    settings = _with_identity(effective_settings(config), identity)
    folder = build_backup_folder(settings)  # the identity may be root's alone
    take_daemons_place(settings)  # what is restored is the daemon's, and root follows nobody's links
    state_dir = resolved(settings.monitor.path).parent
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with StateLock(state_dir):
        if "/" in name and not is_sealed(name):
            done = restore_copy(folder, Path(name), datetime.now(UTC), by)
        else:
            done = restore(folder, _backup(folder, name), datetime.now(UTC), by)
    what = f"the backup of {done.backup.taken_at:%Y-%m-%d %H:%M:%S} UTC" if done.backup else f"what {name} holds"
    print(f"{folder.database} is {what} now, in {done.took_s:.1f} s")
    if done.set_aside:
        print(f"what was there is kept as {done.set_aside}", file=sys.stderr)
    return 0


def _backup(folder: BackupFolder, name: str) -> Backup:
    """Raises NotFound. One that lies elsewhere cannot be told from what somebody made up."""
    path = Path(name)
    if "/" in name and path.resolve().parent != folder.folder.resolve():
        what = f"{name} is a backup outside of {folder.folder}"
        raise NotFound(f"{what}; put it there with its manifest {path.name}{MANIFEST}, and restore {path.name}")
    return folder.get(path.name)


def _whoever_asks() -> Actor:
    uid, pid = os.getuid(), os.getpid()
    return Actor(f"uid:{uid} {name_of(uid)}".strip(), pid, uid, login_uid_of(pid, uid))


def _with_identity(settings: Settings, identity: Path | None) -> Settings:
    return replace(settings, backup=replace(settings.backup, identity_file=identity)) if identity else settings

"""Backups of the database: whether they are taken, and whether one could be put back."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

from probed.assembly import build_backup_folder
from probed.config.settings import Settings
from probed.core.backup import Backup, Drill
from probed.core.inspection import duration_text
from probed.core.size import size_text
from probed.doctor.line import Answer, fails, fails_as_told, passes, warns
from probed.engine.backups import DRILL
from probed.errors import ConfigError, CortexError
from probed.monitor.checkup import stored_setting

TAKE_ONE = "cortexctl backup create"


def backups(settings: Settings) -> Answer:
    wanted = settings.backup
    try:
        folder = build_backup_folder(settings)
    except ConfigError as error:
        return fails_as_told(error, "look at backup.identity_file")
    if not wanted.enabled:
        return warns("off: a damaged disk loses what Cortex keeps", "set backup.enabled to true")
    if wanted.encrypt_to and not shutil.which("age"):
        return fails("they are to be encrypted, and the program age is not installed", "apt-get install age")
    known = folder.known()
    if not known:
        if not folder.database.exists():
            return passes(f"none yet; the daemon puts them into {folder.folder}")
        return warns(f"there is none in {folder.folder}", f"start the daemon, or type: {TAKE_ONE}")
    newest = known[-1]
    detail = f"{len(known)} in {folder.folder}, the newest {_age(newest.taken_at)} old, {size_text(_stored(known))}"
    if datetime.now(UTC) - newest.taken_at > timedelta(seconds=wanted.stale_after):
        return fails(detail, f"look why there is no newer one: {TAKE_ONE}")
    return passes(detail)


def restore(settings: Settings) -> Answer | None:
    """Silent where the line above says enough."""
    try:
        folder = build_backup_folder(settings)
        if not settings.backup.enabled or not folder.database.exists() or not folder.known():
            return None
        drill = Drill.from_payload(stored_setting(folder.database, DRILL))
    except CortexError:
        return None
    if not folder.seal.can_open_its_own:
        return warns(
            "the daemon can only encrypt its backups: whether they can be restored, nobody has looked",
            "set backup.identity_file, or try one out where the identity is: cortexctl backup restore --identity FILE",
        )
    if drill is None:
        return warns("no backup was tried out yet", "cortexctl backup verify latest")
    if drill.fault:
        return fails(f"{drill.name} cannot be restored: {drill.fault}", "cortexctl backup create")
    detail = f"{drill.name} was unpacked and checked {_age(drill.at)} ago, in {drill.took_s:.1f} s"
    if datetime.now(UTC) - drill.at > 2 * timedelta(seconds=settings.backup.drill_every):
        return warns(detail, "cortexctl backup verify latest")
    return passes(detail)


def _stored(known: list[Backup]) -> int:
    return sum(backup.stored_bytes for backup in known)


def _age(since: datetime) -> str:
    return duration_text(max(0, (datetime.now(UTC) - since) // timedelta(seconds=1)))

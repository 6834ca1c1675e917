"""Where the daemon keeps everything: the folder and the database in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryFile

from probed.config.defaults import resolved
from probed.config.settings import Settings
from probed.config.trust import distrust_state_folder
from probed.core.size import size_text
from probed.doctor.line import ASK_AS_ROOT, Answer, fails, fails_as_told, passes, warns
from probed.errors import CannotPersist, CorruptMonitor, CortexError
from probed.monitor.checkup import Checkup, check_up
from probed.monitor.file import fault_of

TOO_LITTLE_BYTES = 50 * 2**20
LITTLE_BYTES = 500 * 2**20
READ_WITHIN_S = 20.0
PROBE = b"\0" * 4096


def state_directory(settings: Settings) -> Answer:
    folder = resolved(settings.monitor.path).parent
    if not folder.exists():
        return _missing(folder)
    if fault := distrust_state_folder(folder):
        return fails_as_told(
            CortexError(f"{folder} {fault}"),
            f"if that is right, ask as its owner or as root (sudo cortexctl doctor); who owns it: ls -ld {folder}",
        )
    free_bytes = shutil.disk_usage(folder).free
    try:
        with TemporaryFile(dir=folder, buffering=0) as probe:
            probe.write(PROBE)
    except OSError as error:
        reason = (
            f"{folder} cannot be written by uid {os.geteuid()} ({error.strerror}), {size_text(free_bytes)} are free"
        )
        return fails(reason, f"make room, or give the folder to the daemon's user: chown USER {folder}")
    if free_bytes < TOO_LITTLE_BYTES:
        return fails(
            f"{folder} has only {size_text(free_bytes)} left", f"make room on its file system: du -xh {folder}"
        )
    if free_bytes < LITTLE_BYTES:
        return warns(f"{folder} has only {size_text(free_bytes)} left", "make room on its file system soon")
    return passes(f"{folder}, {size_text(free_bytes)} free")


def _missing(folder: Path) -> Answer:
    parent = next(parent for parent in folder.parents if parent.exists())
    if os.access(parent, os.W_OK | os.X_OK, effective_ids=True):
        return passes(f"{folder} is not there yet; the daemon makes it")
    return fails(f"{folder} is missing, and uid {os.geteuid()} cannot make it", f"as root: install -d -m 700 {folder}")


def database(settings: Settings) -> Answer | None:
    path = resolved(settings.monitor.path)
    try:
        if not path.exists():
            return passes(f"{path} is not there yet; the daemon makes it")
        if fault := fault_of(path.lstat()):
            return fails(f"{path} {fault}", f"look at who owns it: ls -l {path}")
        found = check_up(path, within_s=READ_WITHIN_S)
        if found.refused:
            return warns(
                "; ".join(found.refused), "leave out what comes and goes: `exclude` of the check, or `overrides`"
            )
        return passes(f"{path}, {_summary(found)}")
    except CorruptMonitor as error:
        return fails(str(error), "restart the daemon: it sets the file aside and restores the newest good backup")
    except CannotPersist as error:
        return fails(
            str(error), f"look at who has it open and whether it may be written: fuser -v {path}; ls -l {path}"
        )
    except CortexError as error:
        return fails(str(error), "install the version that wrote it, or give this one a monitor.path of its own")
    except OSError as error:
        return fails(f"{path}: {error.strerror}", ASK_AS_ROOT)


def _summary(found: Checkup) -> str:
    read = "every page is sound" if found.is_complete else f"not read to the end within {READ_WITHIN_S:g} s"
    waiting = f", {len(found.missing)} migrations wait for the next start" if found.missing else ""
    return f"{size_text(found.size_bytes)}, {read}, written{waiting}"

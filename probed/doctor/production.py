"""What a host needs beyond a working installation before it is left alone: `cortexctl doctor --production`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from probed.assembly import build_backup_folder
from probed.config.settings import Settings
from probed.doctor.line import Answer, fails, passes, warns
from probed.doctor.sandbox import sandbox
from probed.doctor.service import UNIT, service
from probed.errors import ConfigError, HostFailed, NotHere
from probed.host.command import run_command

MOST_EXPOSURE = 2.0
"""Of `systemd-analyze security`."""
DEADLINE_S = 20.0
JOURNAL = Path("/var/log/journal")


def checklist(settings: Settings) -> Iterator[tuple[str, Callable[[], Answer | None]]]:
    yield "told by", lambda: told_by(settings)
    yield "second way", lambda: second_way(settings)
    yield "sign of life", lambda: sign_of_life(settings)
    yield "backups elsewhere", lambda: backups_elsewhere(settings)
    yield "hardening", hardening
    yield "sandbox", lambda: sandbox(settings)
    yield "kept journal", kept_journal


def ways(settings: Settings) -> list[str]:
    """Who hears of what is found, beside the log."""
    hooks = [receiver.name for receiver in settings.alerts.receivers if receiver.webhook_configs]
    return [*(["telegram"] if settings.telegram.token_file else []), *settings.channels, *hooks]


def told_by(settings: Settings) -> Answer:
    known = ways(settings)
    if known:
        return passes(", ".join(known))
    return fails("nobody: what is found stands in the log alone", "set telegram.token_file, or channels")


def second_way(settings: Settings) -> Answer | None:
    known = ways(settings)
    if not known:
        return None
    if len(known) > 1:
        return passes(f"{len(known)} channels")
    return warns(f"only {known[0]} tells anybody: when it is down, nobody hears", "add another one to channels")


def sign_of_life(settings: Settings) -> Answer:
    if settings.heartbeat.url or settings.heartbeat.url_file:
        return passes("somebody outside notices when this host is gone")
    return warns("nobody outside notices when this host is gone", "set heartbeat.url, as of healthchecks.io")


def backups_elsewhere(settings: Settings) -> Answer | None:
    if not settings.backup.enabled:
        return None
    try:
        folder = build_backup_folder(settings)
        places = [_disk_of(folder.database), _disk_of(folder.folder)]
    except (ConfigError, OSError):
        return None  # the line about backups says it
    if places[0] != places[1]:
        return passes(f"{folder.folder} is on another file system than the database")
    return warns(f"{folder.folder} is lost with the disk of the database", "set backup.dir to a folder on another disk")


def hardening() -> Answer | None:
    """None where no unit of Cortex is installed: its own line says so."""
    if service() is None:
        return None
    try:
        asked = run_command(["systemd-analyze", "security", "--no-pager", UNIT], deadline_s=DEADLINE_S)
    except (OSError, HostFailed, NotHere) as error:
        return warns(f"systemd-analyze gives no answer: {error}", f"systemd-analyze security {UNIT}")
    found = re.search(r"exposure level for \S+: ([\d.]+)", asked.stdout)
    if not found:
        return warns("systemd-analyze does not say how exposed the unit is", f"systemd-analyze security {UNIT}")
    words = f"exposure {found[1]} of 10 (systemd-analyze security {UNIT})"
    if float(found[1]) <= MOST_EXPOSURE:
        return passes(words)
    return warns(f"{words}, {MOST_EXPOSURE:g} as it is shipped", f"look at what weakens it: systemctl cat {UNIT}")


def kept_journal() -> Answer:
    if JOURNAL.is_dir():
        return passes(f"logs outlive a restart of the host ({JOURNAL})")
    return warns("logs are lost with a restart of the host", f"mkdir {JOURNAL} && systemctl restart systemd-journald")


def _disk_of(path: Path) -> int:
    """Of what is there of it."""
    return os.stat(next(each for each in (path, *path.parents) if each.exists())).st_dev

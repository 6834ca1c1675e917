"""Whether a package manager is at work on this host."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

LOCKED = (
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/lock",
    "/var/lib/rpm/.rpm.lock",
    "/usr/lib/sysimage/rpm/.rpm.lock",
    "/lib/apk/db/lock",
)
"""Files that hold a lock meanwhile: of dpkg with apt around it, rpm with dnf, zypper and yum, and apk."""
THERE = ("/var/lib/pacman/db.lck",)
"""Files that exist only meanwhile."""
LOCKS = Path("/proc/locks")


def are_changing(locked: Sequence[str] = LOCKED, there: Sequence[str] = THERE, locks: Path = LOCKS) -> bool:
    if any(map(os.path.exists, there)):
        return True
    wanted = {place for place in map(_place, locked) if place}
    try:
        lines = locks.read_text().splitlines() if wanted else []
    except OSError:
        return False
    return any(word in wanted for line in lines for word in line.split())


def _place(path: str) -> str:
    """Of a file as /proc/locks names it, see proc(5); empty where it cannot be looked at."""
    try:
        status = os.stat(path)
    except OSError:
        return ""
    return f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"

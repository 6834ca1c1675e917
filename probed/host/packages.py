"""Whether a package manager is at work on this host."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from probed.errors import HostFailed
from probed.host import mounts

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
    wanted = {place for path in locked for place in _places(path)}
    try:
        lines = locks.read_text().splitlines() if wanted else []
    except OSError:
        return False
    return any(word in wanted for line in lines for word in line.split())


def _places(path: str) -> Iterator[str]:
    """What /proc/locks may call a file, see proc(5); nothing where it cannot be looked at.

    The device there is the file system's; stat(2) tells that of the subvolume, where there are such.
    """
    try:
        status = os.stat(path)
        yield _place(os.major(status.st_dev), os.minor(status.st_dev), status.st_ino)
        mount = None if os.major(status.st_dev) else mounts.holding(path, mounts.mounts())
    except (OSError, HostFailed):
        return
    if mount:
        major, minor = map(int, mount.device.split(":"))
        yield _place(major, minor, status.st_ino)


def _place(major: int, minor: int, inode: int) -> str:
    return f"{major:02x}:{minor:02x}:{inode}"

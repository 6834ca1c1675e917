"""Room that a file system counts as free only once it has written that something was removed."""

from __future__ import annotations

from collections.abc import Iterable

from probed.errors import HostFailed
from probed.host.command import run_command
from probed.host.mounts import holding, mounts

LATE = frozenset({"btrfs", "zfs", "bcachefs"})
"""They write by themselves as well, but up to half a minute later."""
WRITE_S = 8.0


def settle(paths: Iterable[str]) -> None:
    """Have the file systems of the paths write now, where they count late: whoever looks next, sees what was freed.
    One that does not get there in time is looked at all the same."""
    try:
        among = mounts()
        found = [mount for path in paths if (mount := holding(path, among)) and mount.fs_type in LATE]
        for point in {mount.device: mount.mount_point for mount in found}.values():
            run_command(["sync", "--file-system", point], deadline_s=WRITE_S)
    except (HostFailed, OSError):
        return

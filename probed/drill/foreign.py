"""Whether root may drill a fault of somebody else: only where nobody but root and its owner could put another in its
place. Whose fault it is, whoever starts it knows."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from probed.config.trust import open_to_others, trusted_uids
from probed.drill.fault import Fault
from probed.errors import Refused


def require_trust(fault: Fault) -> None:
    """Raises Refused with the path, and what to type."""
    trusted = trusted_uids() | {fault.folder.stat().st_uid}
    ways = {*fault.folder.parents, *fault.folder.resolve().parents}
    for path in [*_within(fault.folder), *ways]:
        status = path.stat()
        if _is_of_another_host(status):
            continue
        if reason := open_to_others(status, path, trusted, sticky_is_enough=path in ways):
            raise Refused(f"root does not drill {fault.name}: {path} {reason}")


def _is_of_another_host(status: os.stat_result) -> bool:
    """Open to a group that nobody here is in, as in a container that sees a folder of the host around it."""
    if status.st_mode & stat.S_IWOTH or any(user.pw_gid == status.st_gid for user in pwd.getpwall()):
        return False
    return all(group.gr_gid != status.st_gid for group in grp.getgrall())


def _within(folder: Path) -> Iterator[Path]:
    yield folder
    yield from (path for path in folder.rglob("*") if path.exists())

"""File descriptors: how many are open, and how many there can be."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from pathlib import Path

from probed.errors import HostFailed
from probed.host.proc_file import record_of
from probed.host.process_table import PROC, Task

LIVE = Path("/proc")
FILE_NR = Path("/proc/sys/fs/file-nr")


@dataclass(frozen=True, slots=True)
class Descriptors:
    open: int
    limit: int
    is_exact: bool = True
    """False: not more than that are open; the kernel does not say more of other users' processes."""

    @property
    def percent(self) -> float:
        return 100.0 * self.open / self.limit if self.limit else 0.0


def of_system() -> Descriptors:
    """Raises HostFailed."""
    try:
        used, free, limit = map(int, FILE_NR.read_text().split())
    except (OSError, ValueError) as error:
        raise HostFailed(f"{FILE_NR}: {error}") from error
    return Descriptors(used - free, limit)


def counted(pid: int, proc: Path | None = None) -> int | None:
    """How many a process has open; None where it has ended, or nobody may know. Kernels from 6.2 on say it to everybody
    in the size of the folder; older ones let only the owner and root count."""
    folder = f"{proc or PROC}/{pid}/fd"
    try:
        size = os.stat(folder).st_size
        return size if size else len(os.listdir(folder))
    except OSError:
        return None


def of_process(task: Task, proc: Path | None = None) -> Descriptors | None:
    """None where it has ended, or has no limit."""
    root = proc or PROC
    folder = f"{root}/{task.pid}"
    limit = _limit_in_force(task.pid) if root == LIVE else _soft_limit(folder)
    if not limit:
        return None
    exact = counted(task.pid, proc)
    return Descriptors(exact, limit) if exact is not None else _at_most(folder, limit)


def _at_most(folder: str, limit: int) -> Descriptors | None:
    """The kernel has made room for so many."""
    for line in record_of(f"{folder}/status").splitlines():
        if line.startswith("FDSize:"):
            return Descriptors(min(limit, int(line.split()[1])), limit, is_exact=False)
    return None


def _limit_in_force(pid: int) -> int:
    """The call takes a tenth of the time of the file, but is allowed only for one's own processes, and to root."""
    try:
        soft, _ = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    except OSError:
        return _soft_limit(f"{LIVE}/{pid}")
    return max(0, soft)  # -1: none


def _soft_limit(folder: str) -> int:
    _, _, rest = record_of(f"{folder}/limits").partition("\nMax open files")
    soft = next(iter(rest.split()), "")
    return int(soft) if soft.isdigit() else 0

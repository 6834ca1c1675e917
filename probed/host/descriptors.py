"""File descriptors: how many are open, and how many there can be."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from probed.errors import HostFailed
from probed.host.proc_file import text_of
from probed.host.process_table import PROC, Task

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
    folder = (proc or PROC) / str(pid)
    try:
        size = os.stat(folder / "fd").st_size
        return size if size else len(os.listdir(folder / "fd"))
    except OSError:
        return None


def of_process(task: Task, proc: Path | None = None) -> Descriptors | None:
    """None where it has ended, or has no limit."""
    folder = (proc or PROC) / str(task.pid)
    limit = _soft_limit(folder)
    if not limit:
        return None
    exact = counted(task.pid, proc)
    return Descriptors(exact, limit) if exact is not None else _at_most(folder, limit)


def _at_most(folder: Path, limit: int) -> Descriptors | None:
    """The kernel has made room for so many."""
    for line in text_of(f"{folder}/status").splitlines():
        if line.startswith("FDSize:"):
            return Descriptors(min(limit, int(line.split()[1])), limit, is_exact=False)
    return None


def _soft_limit(folder: Path) -> int:
    for line in text_of(f"{folder}/limits").splitlines():
        if line.startswith("Max open files"):
            soft = line.split()[3]
            return int(soft) if soft.isdigit() else 0
    return 0

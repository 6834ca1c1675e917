"""Semaphores, shared memory and message queues of System V: how many there are, and how many there can be; see
sysvipc(7)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from probed.host.proc_file import needed_text_of

SYSVIPC = Path("/proc/sysvipc")
LIMITS = Path("/proc/sys/kernel")
WHAT = "System V's semaphores and shared memory"
SEMAPHORES_OF_A_SET = 3
"""The column of /proc/sysvipc/sem."""


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    taken: int
    limit: int
    setting: str
    """That raises the limit."""

    @property
    def percent(self) -> float:
        return 100.0 * self.taken / self.limit if self.limit else 0.0


def kinds() -> tuple[Kind, ...]:
    """Raises NotHere where the kernel has none of it, HostFailed."""
    sets = _rows("sem")
    _, most_semaphores, _, most_sets = _numbers("sem")
    semaphores = sum(int(row[SEMAPHORES_OF_A_SET]) for row in sets)
    return (
        Kind("semaphores", semaphores, most_semaphores, "kernel.sem, second number"),
        Kind("semaphore sets", len(sets), most_sets, "kernel.sem, fourth number"),
        Kind("shared memory", len(_rows("shm")), _numbers("shmmni")[0], "kernel.shmmni"),
        Kind("message queues", len(_rows("msg")), _numbers("msgmni")[0], "kernel.msgmni"),
    )


def _rows(table: str) -> list[list[str]]:
    return [line.split() for line in needed_text_of(SYSVIPC / table, WHAT).splitlines()[1:]]


def _numbers(setting: str) -> list[int]:
    return [int(word) for word in needed_text_of(LIMITS / setting, WHAT).split()]

"""Who started whom, as far as it matters for ending a run: of all processes, or of those that can belong to it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass

from probed.host.proc_file import record_of

LAST_PID = "/proc/sys/kernel/ns_last_pid"
"""The number that was given away last, be it to a process or a thread."""
FRESH_S = 1.0
"""So soon the kernel has not given away all numbers, and begun anew."""
MOST_LATER = 64
"""From so many on it is cheaper to ask which there are."""


@dataclass(frozen=True, slots=True)
class Stat:
    pid: int
    state: str
    parent: int
    group: int
    session: int
    started: str
    """Clock ticks since boot; together with the pid it names a process for ever."""

    @property
    def started_ticks(self) -> int:
        return int(self.started)


def all_stats() -> list[Stat]:
    return _stats(int(name) for name in os.listdir("/proc") if name.isdigit())


def stats_since(pid: int) -> list[Stat]:
    """Of that process and all that were started after it; of others, too, where it has been there for longer: the
    kernel gives away its numbers one after the other."""
    first = stat(pid) if pid > 0 else None
    later = _later(pid) if first and _age_s(first) < FRESH_S else None
    return all_stats() if first is None or later is None else [first, *_stats(later)]


def stat(pid: int) -> Stat | None:
    """None where it has gone."""
    text = record_of(f"/proc/{pid}/stat")
    if not text:
        return None
    words = text[text.rindex(")") + 2 :].split()
    return Stat(pid, words[0], int(words[1]), int(words[2]), int(words[3]), words[19])


def _later(pid: int) -> range | None:
    """The numbers that were given away after this one; None where they are many, or nobody knows."""
    last = record_of(LAST_PID).strip()
    later = range(pid + 1, int(last) + 1) if last.isdigit() and int(last) >= pid else None
    return later if later is not None and len(later) <= MOST_LATER else None


def _age_s(of: Stat) -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME) - of.started_ticks / os.sysconf("SC_CLK_TCK")


def _stats(pids: Iterable[int]) -> list[Stat]:
    return [found for found in map(stat, pids) if found]

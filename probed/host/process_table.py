"""Processes in their states, read without a library, from the live /proc or a recorded one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from probed.core.round import once_a_round
from probed.host.proc_file import record_of

PROC = Path("/proc")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Task:
    pid: int
    start_time: int
    """Clock ticks since boot; together with the pid it names a process for ever."""
    name: str
    """Cut at 15 characters."""
    state: str
    """One letter: R running, S sleeping, D in an uninterruptible sleep, T stopped, t traced, Z zombie, I idle …"""
    parent_pid: int
    terminal: int
    """The number of its controlling terminal; 0 for none."""
    cpu_ticks: int
    threads: int
    is_kernels: bool


def tasks(proc: Path | None = None) -> tuple[Task, ...]:
    """Of one round of looks the first reads for all."""
    root = proc or PROC
    return once_a_round(("tasks", root), lambda: _tasks(root))


def _tasks(root: Path) -> tuple[Task, ...]:
    found = (_task(root, int(name)) for name in os.listdir(root) if name.isdigit())
    return tuple(each for each in found if each)


def age_s(task: Task, up_s: float) -> float:
    """Since its start; `up_s`: seconds since boot, now."""
    return up_s - task.start_time / TICKS_A_SECOND


def waits_for(pid: int, proc: Path | None = None) -> str:
    """The function of the kernel in which it sleeps; empty where nobody may know."""
    said = record_of(f"{proc or PROC}/{pid}/wchan").strip()
    return "" if said == "0" else said


def switches(pid: int, proc: Path | None = None) -> int:
    """How often it was taken from a processor, or went by itself: what has not changed has slept all the time."""
    lines = record_of(f"{proc or PROC}/{pid}/status").splitlines()
    return sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)


def memory_bytes(pid: int, proc: Path | None = None) -> int:
    """What it holds that is its own: memory without a file behind it, swapped or not. 0 where it has ended."""
    facts = dict(line.split(":", 1) for line in record_of(f"{proc or PROC}/{pid}/status").splitlines() if ":" in line)
    return sum(int(facts[name].split()[0]) * 1024 for name in ("RssAnon", "VmSwap") if name in facts)


def _task(root: Path, pid: int) -> Task | None:
    """See proc_pid_stat(5)."""
    text = record_of(f"{root}/{pid}/stat")
    if not text:
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")
    words = rest.split()
    return Task(
        pid=pid,
        start_time=int(words[19]),
        name=name,
        state=words[0],
        parent_pid=int(words[1]),
        terminal=int(words[4]),
        cpu_ticks=int(words[11]) + int(words[12]),
        threads=int(words[17]),
        is_kernels=bool(int(words[6]) & 0x00200000),  # PF_KTHREAD
    )

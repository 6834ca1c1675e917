"""What the kernel allows a control group, and what it holds, in both layouts of the hierarchy (cgroups(7))."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from probed.host.proc_file import word_of

ROOT = "/sys/fs/cgroup"
NO_GROUPS_LINKS = 2
"""As on any file system that counts folders; one that does not has 1."""
UNLIMITED_BYTES = 2**62
"""Version 1 says so by a number near the largest."""


@dataclass(frozen=True, slots=True)
class Limits:
    memory_max_bytes: int | None
    cpu_quota_percent: float | None
    """Of one processor. None, of both: no limit, or no controller that could keep one."""
    held_bytes: int
    """Memory that cannot be taken away without swap: no file behind it. 0 where that is not accounted."""


def pids(control_group: str) -> tuple[int, ...]:
    """The processes of the group and of those below it, as this process counts them; a moment later they may differ."""
    if not control_group:
        return ()
    unified = Path(ROOT, "cgroup.controllers").exists()
    folder = f"{ROOT}/{control_group}" if unified else f"{ROOT}/systemd/{control_group}"
    found = (word_of(Path(place, "cgroup.procs")).split() for place, _, _ in os.walk(folder))
    return tuple(sorted({int(pid) for listed in found for pid in listed if pid.isdigit()}))


def folders(root: str) -> Iterator[str]:
    """Of the group and of those below it. Each has dozens of files; the number of its links tells whether any of what
    it holds is a group, so that the many without are not listed."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        yield folder
        with suppress(OSError):
            if os.stat(folder).st_nlink != NO_GROUPS_LINKS:
                with os.scandir(folder) as found:
                    waiting += sorted((each.path for each in found if each.is_dir(follow_symlinks=False)), reverse=True)


def limits(control_group: str) -> Limits:
    if Path(ROOT, "cgroup.controllers").exists():
        return _unified(Path(f"{ROOT}/{control_group}"))
    return _legacy(Path(f"{ROOT}/memory/{control_group}"), Path(f"{ROOT}/cpu/{control_group}"))


def limits_of(pid: int) -> Limits | None:
    """Of the group that the process belongs to, as a container's first one; None where there is no such process."""
    ways = dict(line.split(":", 2)[1:] for line in word_of(Path(f"/proc/{pid}/cgroup")).splitlines())
    if Path(ROOT, "cgroup.controllers").exists():
        return _unified(Path(f"{ROOT}/{ways['']}")) if "" in ways else None
    groups = {controller: way for names, way in ways.items() for controller in names.split(",")}
    memory, cpu = groups.get("memory"), groups.get("cpu")
    return _legacy(Path(f"{ROOT}/memory/{memory}"), Path(f"{ROOT}/cpu/{cpu}")) if memory else None


def _unified(folder: Path) -> Limits:
    held = _numbers(folder / "memory.stat")
    quota, _, period = word_of(folder / "cpu.max").partition(" ")
    return Limits(
        memory_max_bytes=_number(word_of(folder / "memory.max")),
        cpu_quota_percent=_percent(_number(quota), _number(period)),
        held_bytes=held.get("anon", 0) + held.get("shmem", 0),
    )


def _legacy(memory: Path, cpu: Path) -> Limits:
    held = _numbers(memory / "memory.stat")
    most = _number(word_of(memory / "memory.limit_in_bytes"))
    quota, period = _number(word_of(cpu / "cpu.cfs_quota_us")), _number(word_of(cpu / "cpu.cfs_period_us"))
    return Limits(
        memory_max_bytes=most if most is not None and most < UNLIMITED_BYTES else None,
        cpu_quota_percent=_percent(quota, period),
        held_bytes=held.get("total_rss", 0) + held.get("total_shmem", 0),
    )


def _percent(quota_us: int | None, period_us: int | None) -> float | None:
    return 100 * quota_us / period_us if quota_us and period_us else None


def _numbers(path: Path) -> Mapping[str, int]:
    pairs = (line.partition(" ") for line in word_of(path).splitlines())
    return {name: int(value) for name, _, value in pairs if value.isdigit()}


def _number(text: str) -> int | None:
    """None for `max` and -1, which are no limit."""
    return int(text) if text.isdigit() else None

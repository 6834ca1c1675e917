"""The disks of this host, and what they have done since boot; see Documentation/admin-guide/iostats.rst of the
kernel."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from probed.errors import HostFailed

DISKSTATS = Path("/proc/diskstats")
SYS_BLOCK = Path("/sys/block")
NO_DISKS = ("loop", "ram", "zram", "sr", "fd")
"""Images, memory, and drives that wait for a medium."""


@dataclass(frozen=True, slots=True)
class Work:
    operations: int
    """Reads and writes that are done."""
    operations_ms: int
    """How long these took, from the queue on, added up."""
    read_bytes: int
    written_bytes: int
    busy_ms: int
    """How long at least one operation was under way."""
    under_way: int
    """Now."""


def work() -> dict[str, Work]:
    """By the device's name, partitions among them. Raises HostFailed."""
    try:
        lines = DISKSTATS.read_text().splitlines()
    except OSError as error:
        raise HostFailed(f"{DISKSTATS}: {error.strerror}") from error
    rows = (line.split() for line in lines)
    return {words[2]: _work([int(word) for word in words[3:14]]) for words in rows if len(words) >= 14}


def disks() -> tuple[str, ...]:
    """Whole disks, neither partitions nor what is made of other devices (RAID, LVM, encrypted ones), by their names."""
    try:
        names = sorted(os.listdir(SYS_BLOCK))
    except OSError:
        return ()
    return tuple(name for name in names if not name.rstrip("0123456789").startswith(NO_DISKS) and not _parts_of(name))


def _parts_of(name: str) -> list[str]:
    try:
        return os.listdir(SYS_BLOCK / name / "slaves")
    except OSError:
        return []


def _work(numbers: list[int]) -> Work:
    reads, _, sectors_read, read_ms, writes, _, sectors_written, write_ms, under_way, busy_ms, _ = numbers
    return Work(reads + writes, read_ms + write_ms, sectors_read * 512, sectors_written * 512, busy_ms, under_way)

"""Errors of memory with a checksum (ECC), as the kernel's drivers count them for each memory controller; see
Documentation/admin-guide/RAS of the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from probed.errors import NotHere
from probed.host.proc_file import count_of, word_of

CONTROLLERS = Path("/sys/devices/system/edac/mc")
MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True)
class Module:
    label: str
    """Its place on the board, where the firmware tells it."""
    correctable: int
    uncorrectable: int


@dataclass(frozen=True, slots=True)
class Controller:
    name: str
    correctable: int
    uncorrectable: int
    modules: tuple[Module, ...]
    """Those that have counted errors."""


def controllers() -> tuple[Controller, ...]:
    """Raises NotHere where the memory has no checksum, or nobody reads it."""
    found = tuple(map(_controller, sorted(CONTROLLERS.glob("mc[0-9]*"))))
    if not found:
        raise NotHere("memory with ECC")
    return found


def corrupted_bytes() -> int:
    """Memory that the kernel has taken out of use for good, because it was damaged."""
    words = next((line.split() for line in word_of(MEMINFO).splitlines() if line.startswith("HardwareCorrupted:")), [])
    return int(words[1]) * 1024 if len(words) > 1 else 0


def _controller(folder: Path) -> Controller:
    modules = (
        Module(_label(each), count_of(each / "dimm_ce_count"), count_of(each / "dimm_ue_count"))
        for each in sorted([*folder.glob("dimm[0-9]*"), *folder.glob("rank[0-9]*")])
    )
    bad = tuple(each for each in modules if each.correctable or each.uncorrectable)
    return Controller(folder.name, count_of(folder / "ce_count"), count_of(folder / "ue_count"), bad)


def _label(module: Path) -> str:
    return word_of(module / "dimm_label") or module.name

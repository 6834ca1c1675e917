"""btrfs file systems: what their devices have counted, as the kernel tells it to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from probed.errors import NotHere

SYSFS = Path("/sys/fs/btrfs")


@dataclass(frozen=True, slots=True)
class Device:
    number: str
    is_missing: bool
    errors: Mapping[str, int]
    """By kind: `write_errs`, `read_errs`, `flush_errs`, `corruption_errs`, `generation_errs`; since they were last
    reset."""


@dataclass(frozen=True, slots=True)
class FileSystem:
    id: str
    label: str
    devices: tuple[Device, ...]


def file_systems(folder: Path | None = None) -> tuple[FileSystem, ...]:
    """Those that are mounted. Raises NotHere where there are none, or where the kernel does not count (before 5.14)."""
    found = [path for path in sorted((folder or SYSFS).glob("*-*-*-*-*")) if path.is_dir()]
    if not found:
        raise NotHere("btrfs file system")
    read = tuple(
        FileSystem(path.name, _text(path / "label"), tuple(map(_device, sorted((path / "devinfo").glob("*")))))
        for path in found
    )
    if not any(each.devices for each in read):
        raise NotHere("the errors that btrfs counts", "use a kernel from 5.14 on, or `btrfs device stats`")
    return read


def _device(folder: Path) -> Device:
    rows = (line.split() for line in _text(folder / "error_stats").splitlines())
    errors = {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}
    return Device(folder.name, _text(folder / "missing") == "1", errors)


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""

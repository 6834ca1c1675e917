"""btrfs file systems: what their devices have counted, and what room there is for metadata, as the kernel tells it to
everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from probed.errors import NotHere
from probed.host.proc_file import count_of, word_of

SYSFS = Path("/sys/fs/btrfs")
SECTOR_BYTES = 512


@dataclass(frozen=True, slots=True)
class Device:
    number: str
    is_missing: bool
    errors: Mapping[str, int]
    """By kind: `write_errs`, `read_errs`, `flush_errs`, `corruption_errs`, `generation_errs`; since they were last
    reset."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Names, small files and the trees that hold it all together."""

    used_bytes: int
    """With what the file system keeps back for itself."""
    most_bytes: int
    """What it has, and could still take of what nothing was given to."""

    @property
    def percent(self) -> float:
        return 100.0 * self.used_bytes / self.most_bytes if self.most_bytes else 0.0


@dataclass(frozen=True, slots=True)
class FileSystem:
    id: str
    label: str
    devices: tuple[Device, ...]
    metadata: Metadata


def file_systems(folder: Path | None = None) -> tuple[FileSystem, ...]:
    """Those that are mounted. Raises NotHere where there are none, or where the kernel does not count (before 5.14)."""
    found = [path for path in sorted((folder or SYSFS).glob("*-*-*-*-*")) if path.is_dir()]
    if not found:
        raise NotHere("btrfs file system")
    read = tuple(
        FileSystem(
            path.name,
            word_of(path / "label"),
            tuple(map(_device, sorted((path / "devinfo").glob("*")))),
            _metadata(path),
        )
        for path in found
    )
    if not any(each.devices for each in read):
        raise NotHere("the errors that btrfs counts", "use a kernel from 5.14 on, or `btrfs device stats`")
    return read


def _device(folder: Path) -> Device:
    rows = (line.split() for line in word_of(folder / "error_stats").splitlines())
    errors = {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}
    return Device(folder.name, word_of(folder / "missing") == "1", errors)


def _metadata(folder: Path) -> Metadata:
    """A byte of it takes more than one of the devices where it is kept twice."""
    kinds = folder / "allocation"
    total, on_devices = (count_of(kinds / "metadata" / name) for name in ("total_bytes", "disk_total"))
    given = sum(count_of(kinds / kind / "disk_total") for kind in ("data", "metadata", "system"))
    room = sum(count_of(device / "size") * SECTOR_BYTES for device in (folder / "devices").glob("*"))
    left = max(0, room - given) * total // on_devices if on_devices else 0
    used = count_of(kinds / "metadata" / "bytes_used") + count_of(kinds / "global_rsv_size")
    return Metadata(used, total + left)

"""ext4 file systems: the errors that they have counted, on the disk itself, until e2fsck has mended them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from probed.errors import NotHere
from probed.host.proc_file import word_of

SYSFS = Path("/sys/fs/ext4")


@dataclass(frozen=True, slots=True)
class Errors:
    device: str
    count: int
    last_at: float
    """Seconds since the epoch; 0 for never."""
    last_function: str
    """Of the kernel, in which it was met."""


def errors() -> tuple[Errors, ...]:
    """Of each that is mounted. Raises NotHere where there is none."""
    found = tuple(_errors(folder) for folder in sorted(SYSFS.glob("*")) if (folder / "errors_count").exists())
    if not found:
        raise NotHere("ext4 file system")
    return found


def _errors(folder: Path) -> Errors:
    count, last_at = (word_of(folder / name) for name in ("errors_count", "last_error_time"))
    return Errors(
        device=folder.name,
        count=int(count) if count.isdigit() else 0,
        last_at=float(last_at) if last_at.isdigit() else 0.0,
        last_function=word_of(folder / "last_error_func"),
    )

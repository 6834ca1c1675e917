"""The room that a process holds in files that were deleted while it has them open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from probed.actions.allowed_processes import ProcessName
from probed.host.files import DeletedFile, deleted_of

Files = Mapping[tuple[int, int], DeletedFile]
"""By device and inode."""


@dataclass(frozen=True, slots=True)
class Holder:
    name: ProcessName
    files: Files

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files.values())


def held_by(name: ProcessName, devices: Collection[int] | None = None) -> Holder:
    """Of all file systems, or of that of the devices."""
    found = dict(deleted_of(name.pid)) if name.look() else {}
    return Holder(name, {key: file for key, file in found.items() if devices is None or key[0] in devices})

"""btrfs file systems: devices that are missing or have counted errors, and no room for metadata.

Parameters: `exclude` (labels or ids, and shell patterns; none); `warning` (85%), `critical` (95%), `clear` (80%) and
`for` (0s) bound the metadata.

A missing device is critical; errors of reading, writing or checksums are a warning, and stay one until `btrfs device
stats -z MOUNT-POINT` forgets them, once their cause is mended: scrub, then look at the disk (`smart`). `NAME metadata`:
names and small files have room of their own. Where that is full and everything else was given to data, nothing can be
written, or even removed, though `df` shows much that is free: `btrfs balance start -dusage=20 MOUNT-POINT` gives some
back. Looked at is what is mounted. What happens just now is told by `kernel_errors`. No action fits.

Example:
  - btrfs: {exclude: scratch}
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

from probed.checks.parameters import PercentBound, PercentBounds
from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.core.size import size_text
from probed.host import btrfs
from probed.host.btrfs import FileSystem


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    exclude: Annotated[tuple[str, ...], Names] = ()
    warning: PercentBound = 85.0
    critical: PercentBound = 95.0
    clear: PercentBound = 80.0


def look(params: Params) -> CheckAnswer:
    found = [each for each in btrfs.file_systems() if not fits_any(each.id, params.exclude)]
    chosen = [each for each in found if not fits_any(each.label, params.exclude)]
    seen = (each for system in chosen for each in (_devices(system), _metadata(system, params)))
    return tuple(seen) or (Absent("btrfs file system"),)


def _devices(file_system: FileSystem) -> Observation:
    name = file_system.label or file_system.id
    missing = [each.number for each in file_system.devices if each.is_missing]
    errors = {
        each.number: {kind: count for kind, count in each.errors.items() if count} for each in file_system.devices
    }
    counted = {number: kinds for number, kinds in errors.items() if kinds}
    evidence = {"id": file_system.id, "devices": len(file_system.devices), "missing": missing, "errors": counted}
    if missing:
        summary, severity = f"{name} lacks the device {', '.join(missing)}", Severity.CRITICAL
        return Observation(name, summary, severity=severity, evidence=evidence)
    if counted:
        told = "; ".join(f"device {number}: {_told(kinds)}" for number, kinds in counted.items())
        return Observation(name, f"{name} has errors: {told}", severity=Severity.WARNING, evidence=evidence)
    return Observation(name, f"the devices of {name} have counted no errors", evidence=evidence)


def _metadata(file_system: FileSystem, params: Params) -> Observation:
    name, room = f"{file_system.label or file_system.id} metadata", file_system.metadata
    percent = round(room.percent, 1)
    summary = f"{name}: {size_text(room.used_bytes)} of {size_text(room.most_bytes)} are taken, {percent:g}%"
    return Observation(name, summary, percent, "%", params.threshold, evidence=asdict(room))


def _told(kinds: dict[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in kinds.items())

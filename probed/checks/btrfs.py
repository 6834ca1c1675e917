"""btrfs file systems: devices that are missing, or that have counted errors.

Parameters: `exclude` (labels or ids, and shell patterns; none).

A missing device is critical; errors of reading, writing or checksums are a warning, and stay one until `btrfs device
stats -z MOUNT-POINT` forgets them, once their cause is mended: scrub, then look at the disk (`smart`). Looked at is
what is mounted. What happens just now is told by `kernel_errors`. No action fits.

Example:
  - btrfs: {exclude: scratch}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.host import btrfs
from probed.host.btrfs import FileSystem


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    exclude: Annotated[tuple[str, ...], Names] = ()


def look(params: Params) -> CheckAnswer:
    found = [each for each in btrfs.file_systems() if not fits_any(each.id, params.exclude)]
    chosen = [each for each in found if not fits_any(each.label, params.exclude)]
    return tuple(map(_observation, chosen)) or (Absent("btrfs file system"),)


def _observation(file_system: FileSystem) -> Observation:
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


def _told(kinds: dict[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in kinds.items())

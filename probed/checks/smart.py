"""What disks say of their own health (SMART): those that fail, or will.

Parameters: `files` (none; a path or shell pattern of files with what `smartctl --json --all DEVICE` printed), `max_age`
(2d) of these files, `exclude` (devices, models or serial numbers, and shell patterns), `reallocated` (10), `used`
(100%).

smartctl wants root and the devices, which the daemon as a service has not: let a timer of root's write the files, and
name them. Without `files` smartctl is asked itself; a disk that sleeps is not woken. Critical: the disk's own verdict
is that it fails, an attribute is below its threshold, an NVMe disk warns or has no spare room left. Warnings: sectors
that cannot be read, more than `reallocated` replaced ones, a failed self-test, an SSD whose life is `used` up, a file
that is older than `max_age`. Make a backup now, and replace the disk. No action fits.

Example:
  - smart: {files: "/var/lib/smart/*.json", max_age: 2d}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

from pydantic import Field

from probed.config.values import Duration, Names, Percent
from probed.core.finding import Severity
from probed.core.inspection import age_text
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.errors import HostFailed
from probed.host import smart
from probed.host.smart import Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    files: str | None = None
    max_age: Annotated[float, Duration] = 172800.0
    exclude: Annotated[tuple[str, ...], Names] = ()
    reallocated: Annotated[int, Field(ge=1)] = 10
    used: Annotated[float, Percent] = 100.0


def look(params: Params) -> CheckAnswer:
    disks = smart.in_files(params.files) if params.files else smart.ask_all()
    answer = [_told(disk, params) for disk in disks if isinstance(disk, HostFailed) or not _is_excluded(disk, params)]
    if not answer and params.files:
        return (Absent(f"file {params.files}", "let smartctl write it"),)
    return tuple(answer) or (Absent("disk that tells its health"),)


def _is_excluded(disk: Health, params: Params) -> bool:
    return any(fits_any(name, params.exclude) for name in (disk.device, disk.model, disk.serial))


def _told(disk: Health | HostFailed, params: Params) -> Observation | Absent:
    if isinstance(disk, HostFailed):
        return Absent("the health of a disk", str(disk))
    evidence = {**asdict(disk), "failing": list(disk.failing), "age_s": round(disk.age_s)}
    name = f"{disk.device} ({disk.model})"
    if disk.asleep:
        return Observation(disk.device, f"{name} sleeps", evidence=evidence)
    faults = sorted(_faults(disk, params), key=lambda fault: -fault[0].rank)
    if not faults:
        return Observation(disk.device, f"{name} says that it is healthy", evidence=evidence)
    summary = f"{name} {'; '.join(text for _, text in faults)}"
    return Observation(disk.device, summary, severity=faults[0][0], evidence=evidence)


def _faults(disk: Health, params: Params) -> Iterator[tuple[Severity, str]]:
    if disk.passed is False:
        yield Severity.CRITICAL, "says that it fails"
    if disk.failing:
        yield Severity.CRITICAL, f"is below its threshold of {', '.join(disk.failing)}"
    if disk.critical_warning:
        yield Severity.CRITICAL, f"warns (bits {disk.critical_warning:#x})"
    if disk.spare_percent is not None and disk.spare_percent < disk.spare_threshold_percent:
        yield Severity.CRITICAL, f"has {disk.spare_percent}% of its spare room left"
    if disk.pending or disk.uncorrectable:
        yield Severity.WARNING, f"has {max(disk.pending, disk.uncorrectable)} sectors that cannot be read"
    if disk.reallocated >= params.reallocated:
        yield Severity.WARNING, f"has replaced {disk.reallocated} sectors"
    if disk.failed_self_test:
        yield Severity.WARNING, f"has failed its self-test: {disk.failed_self_test}"
    if disk.used_percent is not None and disk.used_percent >= params.used:
        yield Severity.WARNING, f"has used {disk.used_percent}% of its life"
    if disk.age_s > params.max_age:
        yield Severity.WARNING, f"was asked {age_text(disk.age_s)} ago for the last time"

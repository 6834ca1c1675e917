"""ZFS pools: whether they are whole, whether their devices make errors, and whether data are lost.

Parameters: `pools` (all; names and shell patterns), `exclude` (names and patterns).

A pool that cannot be used (FAULTED, UNAVAIL, SUSPENDED), one with lost data, and one that is named and was not imported
are critical, and so is one that lacks a device (DEGRADED), unless that is being replaced: then it is a warning. Errors
of a device in a pool that is whole are a warning: `zpool clear` forgets them once their cause is mended. The state is
told to everybody by the kernel's module; devices and errors only where the daemon may ask `zpool` (not in its sandbox
as a service, where /dev/zfs is hidden). No action fits.

Example:
  - zfs: {pools: "*"}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from probed.checks.named import found_of, missing
from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.host import zfs
from probed.host.zfs import Pool

HEALTHY = ("ONLINE",)
REPLACING = "resilver in progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    pools: Annotated[tuple[str, ...], Names] = ("*",)
    exclude: Annotated[tuple[str, ...], Names] = ()


def look(params: Params) -> CheckAnswer:
    present = found_of(params.pools, zfs.pools)
    found = [each for each in present if fits_any(each.name, params.pools)]
    chosen = [each for each in found if not fits_any(each.name, params.exclude)]
    gone = missing(params.pools, [each.name for each in present], "pool")
    return (*map(_observation, chosen), *gone) or (Absent("ZFS pool"),)


def _observation(pool: Pool) -> Observation:
    severity, text = _judged(pool)
    evidence = {
        "state": pool.state,
        "scan": pool.scan,
        "errors": pool.data_errors,
        "devices": [{"name": each.name, "state": each.state, "errors": list(each.errors)} for each in pool.devices],
    }
    return Observation(pool.name, f"the pool {pool.name} {text}", severity=severity, evidence=evidence)


def _judged(pool: Pool) -> tuple[Severity | None, str]:
    broken = [each.name for each in pool.devices if each.state != "ONLINE"]
    where = f": {', '.join(broken)}" if broken else ""
    if pool.data_errors:
        return Severity.CRITICAL, f"has lost data: {pool.data_errors}"
    if pool.state == "DEGRADED" and REPLACING in pool.scan:
        return Severity.WARNING, f"is DEGRADED, a device is being replaced{where}"
    if pool.state not in HEALTHY:
        return Severity.CRITICAL, f"is {pool.state}{where}"
    if pool.devices:
        return Severity.WARNING, f"is whole, but devices make errors: {', '.join(each.name for each in pool.devices)}"
    return None, "is whole"

"""How many of the file systems' inodes are used, in percent.

Parameters: `mounts`, `exclude` (as for `disk`), `warning` (80%), `critical` (90%), `clear` (75%), `for` (0s),
`full_within` (off; as for `disk`).

Without free inodes no file can be made, however much room there is. File systems that make inodes as they need them
(btrfs, ZFS) are left out. A finding usually means a folder with very many small files: sessions, mail queue, caches.
`clean_files` and `clean_package_cache` fit, if the document allows them.

Example:
  - inodes: {mounts: [/], warning: 85%}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from probed.checks.filesystems import can_fill, choose, look_at
from probed.checks.parameters import FullWithin, PercentBound, PercentBounds
from probed.config.values import Names
from probed.core.observation import CheckAnswer, Observation, Outlook
from probed.host.mounts import Mount, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    mounts: Annotated[tuple[str, ...], Names] = ("auto",)
    exclude: Annotated[tuple[str, ...], Names] = ()
    warning: PercentBound = 80.0
    critical: PercentBound = 90.0
    clear: PercentBound = 75.0
    full_within_s: FullWithin = None


def look(params: Params) -> CheckAnswer:
    chosen = choose(params.mounts, params.exclude)
    return look_at(chosen, params.for_s, lambda mount, usage: _observation(mount, usage, params))


def _observation(mount: Mount, usage: Usage, params: Params) -> Observation:
    if not usage.total_inodes:
        return Observation(mount.mount_point, f"{mount.mount_point} makes inodes as it needs them")
    percent = round(usage.inodes_used_percent, 1)
    evidence = {
        "used_percent": percent,
        "total_inodes": usage.total_inodes,
        "used_inodes": usage.used_inodes,
        "free_inodes": usage.free_inodes,
        "device": mount.source,
        "fs_type": mount.fs_type,
    }
    summary = f"{mount.mount_point} has used {percent:.0f}% of its inodes, {usage.free_inodes} are free"
    threshold = params.threshold if can_fill(mount) else None
    outlook = Outlook(100.0, params.full_within_s) if can_fill(mount) else None
    return Observation(mount.mount_point, summary, percent, "%", threshold, evidence=evidence, outlook=outlook)

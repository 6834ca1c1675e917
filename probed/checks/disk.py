"""How full the file systems are, in percent of what ordinary users can use, as `df` counts it.

Parameters: `mounts` (auto, or mount points and shell patterns), `exclude` (mount points and patterns), `warning` (80%),
`critical` (90%), `clear` (75%), `for` (0s), `min_free` (none; a size, less than which available is a warning too),
`full_within` (off; a duration: a warning where it will be full so soon, by what was measured in the last weeks).

`auto` means every file system that can fill up: on a disk, a server, ZFS, or in memory if the system did not mount it
for itself; each once. Pseudo file systems, read-only ones and images never alarm, named or not. A mount point that is
named and where nothing is mounted is a warning, and so is a file system that does not answer.
A finding's evidence has the sizes. `clean_files`, `rotate_log`, `compress_log`, `vacuum_journal`, `clean_package_cache`
and `free_deleted_space` fit, if the document allows them.

Example:
  - disk: {mounts: [auto], full_within: 7d, overrides: [{objects: /srv/*, warning: 92%, critical: 97%}]}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from probed.checks.filesystems import can_fill, choose, look_at
from probed.checks.parameters import FullWithin, PercentBound, PercentBounds, SizeBound
from probed.config.values import Names
from probed.core.observation import CheckAnswer, Observation, Outlook
from probed.core.size import size_text
from probed.core.threshold import Threshold
from probed.host.mounts import Mount, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    mounts: Annotated[tuple[str, ...], Names] = ("auto",)
    exclude: Annotated[tuple[str, ...], Names] = ()
    warning: PercentBound = 80.0
    critical: PercentBound = 90.0
    clear: PercentBound = 75.0
    min_free: SizeBound = None
    full_within_s: FullWithin = None


def look(params: Params) -> CheckAnswer:
    chosen = choose(params.mounts, params.exclude)
    return look_at(chosen, params.for_s, lambda mount, usage: _observation(mount, usage, params))


def _observation(mount: Mount, usage: Usage, params: Params) -> Observation:
    percent = round(usage.used_percent, 1)
    evidence = {
        "used_percent": percent,
        "total_bytes": usage.total_bytes,
        "used_bytes": usage.used_bytes,
        "free_bytes": usage.available_bytes,
        "device": mount.source,
        "fs_type": mount.fs_type,
    }
    summary = f"{mount.mount_point} is {percent:.0f}% full, {size_text(usage.available_bytes)} are free"
    threshold = _threshold(usage, params) if can_fill(mount) else None
    outlook = Outlook(100.0, params.full_within_s) if can_fill(mount) else None
    return Observation(mount.mount_point, summary, percent, "%", threshold, evidence=evidence, outlook=outlook)


def _threshold(usage: Usage, params: Params) -> Threshold:
    """With `min_free` the warning comes at the percentage that leaves just this room, if that is the earlier one."""
    usable_bytes = usage.used_bytes + usage.available_bytes
    if params.min_free is None or usable_bytes <= params.min_free:
        return params.threshold
    at = 100.0 * (usable_bytes - params.min_free) / usable_bytes
    warning = at if params.warning is None else min(at, params.warning)
    clear = None if params.clear is None else min(params.clear, warning)
    return Threshold(warning, params.critical, clear, params.for_s)

"""ext4 file systems that have met errors and were not mended since.

Parameters: `exclude` (devices as the kernel names them, and shell patterns; none).

The file system itself keeps the count on its disk, over reboots too: a finding (a warning) means that what it says of
its files may be wrong, and stays until e2fsck has mended it, unmounted. Look at the disk first (`smart`), and have
backups at hand. What happens just now is told by `kernel_errors`, what became read-only by `mounts`. No action fits.

Example:
  - ext4: {exclude: "loop*"}
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Annotated

from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.inspection import age_text
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.host import ext4
from probed.host.ext4 import Errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    exclude: Annotated[tuple[str, ...], Names] = ()


def look(params: Params) -> CheckAnswer:
    found = [each for each in ext4.errors() if not fits_any(each.device, params.exclude)]
    return tuple(map(_observation, found)) or (Absent("ext4 file system"),)


def _observation(errors: Errors) -> Observation:
    if not errors.count:
        return Observation(errors.device, f"{errors.device} has counted no errors", evidence=asdict(errors))
    last = f", the last one {age_text(max(0.0, time.time() - errors.last_at))} ago" if errors.last_at else ""
    summary = f"{errors.device} has met {errors.count} errors since it was last mended{last}"
    return Observation(errors.device, summary, severity=Severity.WARNING, evidence=asdict(errors))

"""Whether this host waits for a reboot, and how long it has been up.

Parameters: `after` (7d), how long a reboot may wait; `uptime` (off), from which on a host has been up too long.

A reboot is waited for where a package has left /run/reboot-required, or where a kernel of the same flavour is installed
that is newer than the one that runs. It is a finding (a warning) once it has waited for `after`: until then what was
mended does not protect this host. `uptime` is a warning, too: who never boots does not know that the host does. No
action fits.

Example:
  - reboot: {after: 14d, uptime: 1y}
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

from probed.checks.parameters import DurationBound
from probed.config.values import Duration
from probed.core.finding import Severity
from probed.core.inspection import age_text
from probed.core.observation import CheckAnswer, Observation
from probed.core.threshold import Threshold
from probed.host import proc, restart_needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    after: Annotated[float, Duration] = 604800.0
    uptime: DurationBound = None


def look(params: Params) -> CheckAnswer:
    return _pending(params), _uptime(params)


def _pending(params: Params) -> Observation:
    kernel = restart_needed.running_kernel()
    reasons = restart_needed.reasons(kernel)
    if not reasons:
        return Observation("reboot", "no reboot is waited for", evidence={"kernel": kernel})
    waits_s = max(0.0, time.time() - min(each.since for each in reasons))
    evidence = {"kernel": kernel, "reasons": [each.text for each in reasons], "waits_s": round(waits_s)}
    summary = f"{'; '.join(each.text for each in reasons)}: for {age_text(waits_s)}"
    severity = Severity.WARNING if waits_s >= params.after else None
    return Observation("reboot", summary, severity=severity, evidence=evidence)


def _uptime(params: Params) -> Observation:
    up_s = proc.uptime_s()
    threshold = Threshold(warning=params.uptime)
    return Observation("uptime", f"the host has been up for {age_text(up_s)}", round(up_s), "s", threshold)

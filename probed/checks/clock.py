"""Whether the clock is right, as whoever keeps the time here tells: chronyd, ntpd or systemd.

Parameters: `warning` (500ms), `critical` (30s), `clear` (100ms), `for` (10m).

They bound how far off the clock is, which chronyd and ntpd tell and systemd does not. A keeper that has not found the
right time is a warning by itself. Where nobody keeps the time there is nothing to see. `sync_clock` fits, if the
document allows it.

Example:
  - clock: {warning: 200ms, for: 5m}
"""

from __future__ import annotations

from dataclasses import dataclass

from probed.checks.parameters import Bounds, DurationBound, For, lasting
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Observation
from probed.host import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    warning: DurationBound = 0.5
    critical: DurationBound = 30.0
    clear: DurationBound = 0.1
    for_s: For = 600.0


def look(params: Params) -> CheckAnswer:
    now = clock.state()
    evidence = {"by": now.by, "is_synchronised": now.is_synchronised, "offset_s": now.offset_s}
    if not now.is_synchronised:
        summary, severity = f"{now.by} has not found the right time", Severity.WARNING
        return (Observation("clock", summary, threshold=lasting(params.for_s), severity=severity, evidence=evidence),)
    if now.offset_s is None:
        return (Observation("clock", f"{now.by} keeps the time", threshold=params.threshold, evidence=evidence),)
    summary = f"the clock is {now.offset_s:.3f} s off"
    return (Observation("clock", summary, now.offset_s, "s", params.threshold, evidence=evidence),)

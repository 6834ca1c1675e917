"""How busy the processors are, in percent of all of them together.

Parameters: `warning` (90%), `critical` (98%), `clear` (80%), `for` (15m).

Measured since the last look, at most 15 minutes back; the first look measures for a quarter of a second. Waiting for a
disk counts as idle here: `pressure` shows it. A finding means that work has queued for a long while: look for the
process that takes it. `renice_process` fits, if the document allows it.

Example:
  - cpu: {warning: 85%, overrides: [{hours: {start_time: "01:00", end_time: "05:00"}, warning: off}]}
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from probed.checks.parameters import For, PercentBound, PercentBounds
from probed.core.observation import CheckAnswer, Observation
from probed.host import proc

SAMPLE_S = 0.25
SHORTEST_S = 5.0
LONGEST_S = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    warning: PercentBound = 90.0
    critical: PercentBound = 98.0
    clear: PercentBound = 80.0
    for_s: For = 900.0


def look(params: Params) -> CheckAnswer:
    before, after, seconds = _window.move()
    total = max(after.total_s - before.total_s, 0.01)
    percent = 100.0 * (after.busy_s - before.busy_s) / total
    evidence = {
        "busy_percent": round(percent, 1),
        "iowait_percent": round(100.0 * (after.iowait_s - before.iowait_s) / total, 1),
        "steal_percent": round(100.0 * (after.steal_s - before.steal_s) / total, 1),
        "window_s": round(seconds, 1),
        "cores": proc.cpu_count(),
    }
    summary = f"the processors are {percent:.0f}% busy"
    observation = Observation("cpu", summary, round(percent, 1), "%", params.threshold, evidence=evidence)
    return (observation,)


class _Window:
    """Remembers the last look, whichever inspection it belonged to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: tuple[float, proc.CpuTimes] | None = None

    def move(self) -> tuple[proc.CpuTimes, proc.CpuTimes, float]:
        """Return the times then and now, and the seconds between."""
        with self._lock:
            last = self._last
        now = time.monotonic()
        if last is None or not SHORTEST_S <= now - last[0] <= LONGEST_S:
            last = (now, proc.cpu_times())
            time.sleep(SAMPLE_S)
        moment = (time.monotonic(), proc.cpu_times())
        with self._lock:
            self._last = moment
        return last[1], moment[1], moment[0] - last[0]


_window = _Window()

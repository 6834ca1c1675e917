"""How much memory is taken, in percent: all but what programs can still get without swapping.

Parameters: `warning` (90%), `critical` (95%), `clear` (85%), `for` (5m); `major_faults` (off), pages a second that
programs had to wait for because they were on the disk, from where on they are a warning.

Caches, that of ZFS among them, count as available. A finding means that the kernel will soon swap or kill; its evidence
names the largest processes. Restarting a leaking service is the usual way out, if the document allows it;
`terminate_process` fits the largest in `actions.processes.programs`. Where major faults are bounded they are the
observation `major faults`, measured since the last look, at most 15 minutes back: programs whose code and files no
longer stay in memory. A database that maps its files has many and is well; `pressure` tells who really waits.

Example:
  - memory: {warning: 92%, for: 10m}
"""

from __future__ import annotations

from dataclasses import dataclass

from probed.checks.parameters import For, NumberBound, PercentBound, PercentBounds
from probed.checks.since_last_look import Window
from probed.core.observation import CheckAnswer, Observation
from probed.core.size import size_text
from probed.core.threshold import Threshold
from probed.host import proc

LARGEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    warning: PercentBound = 90.0
    critical: PercentBound = 95.0
    clear: PercentBound = 85.0
    for_s: For = 300.0
    major_faults: NumberBound = None


def look(params: Params) -> CheckAnswer:
    return (_memory(params), *_major_faults(params))


def _memory(params: Params) -> Observation:
    now, threshold = proc.memory(), params.threshold
    percent = round(now.used_percent, 1)
    evidence: dict[str, object] = {
        "used_percent": percent,
        "total_bytes": now.total_bytes,
        "available_bytes": now.available_bytes,
        "cached_bytes": now.cached_bytes,
    }
    if threshold.severity(percent, None):
        evidence["largest_processes"] = largest_processes()
    summary = f"memory is {percent:.0f}% used, {size_text(now.available_bytes)} are available"
    return Observation("memory", summary, percent, "%", threshold, evidence=evidence)


def _major_faults(params: Params) -> tuple[Observation, ...]:
    if params.major_faults is None:
        return ()
    span = _window.move()
    rate = round(max(0, span.after - span.before) / span.seconds, 1)
    threshold = Threshold(warning=params.major_faults, for_s=params.for_s)
    summary = f"programs had to wait for {rate:g} pages a second from the disk"
    return (Observation("major faults", summary, rate, "per s", threshold),)


def largest_processes() -> list[dict[str, object]]:
    largest = sorted(proc.processes(), key=lambda each: -each.rss_bytes)[:LARGEST]
    return [
        {
            "pid": each.pid,
            "start_time": proc.start_time(each.pid),
            "name": each.name,
            "rss_bytes": each.rss_bytes,
        }
        for each in largest
    ]


_window = Window(lambda: proc.major_faults())

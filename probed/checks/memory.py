"""How much memory is taken, in percent: all but what programs can still get without swapping.

Parameters: `warning` (90%), `critical` (95%), `clear` (85%), `for` (5m).

Caches, that of ZFS among them, count as available. A finding means that the kernel will soon swap or kill; its evidence
names the largest processes. Restarting a leaking service is the usual way out, if the document allows it;
`terminate_process` fits the largest in `actions.processes.programs`.

Example:
  - memory: {warning: 92%, for: 10m}
"""

from __future__ import annotations

from dataclasses import dataclass

from probed.checks.parameters import For, PercentBound, PercentBounds
from probed.core.observation import CheckAnswer, Observation
from probed.core.size import size_text
from probed.host import proc

LARGEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    warning: PercentBound = 90.0
    critical: PercentBound = 95.0
    clear: PercentBound = 85.0
    for_s: For = 300.0


def look(params: Params) -> CheckAnswer:
    now, threshold = proc.memory(), params.threshold
    percent = round(now.used_percent, 1)
    evidence: dict[str, object] = {
        "used_percent": percent,
        "total_bytes": now.total_bytes,
        "available_bytes": now.available_bytes,
        "cached_bytes": now.cached_bytes,
    }
    if threshold.severity(percent, None):
        evidence["largest_processes"] = _largest()
    summary = f"memory is {percent:.0f}% used, {size_text(now.available_bytes)} are available"
    return (Observation("memory", summary, percent, "%", threshold, evidence=evidence),)


def _largest() -> list[dict[str, object]]:
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

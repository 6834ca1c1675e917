"""Pressure stall information: the share of the last minute in which some task waited for a resource, in percent.

Parameters: `resources` (cpu, memory and io), `warning`, `critical`, `clear`, `for` (10m). Without `warning` and
`critical` each resource has bounds of its own: cpu 80% and 95%, memory 20% and 40%, io 60% and 90%.

A finding means that programs really wait, whatever the usage says: for processors, for memory that has to be read back
in, or for a disk. `renice_process` fits for processors, `ionice_process` for disks, if the document allows them.

Example:
  - pressure: {resources: [memory, io], for: 5m}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Literal

from probed.checks.parameters import For, PercentBounds
from probed.config.values import Names
from probed.core.host_event import Concern, EventSource
from probed.core.observation import CheckAnswer, Observation
from probed.core.threshold import Threshold
from probed.host import proc

Resource = Literal["cpu", "memory", "io"]

BOUNDS = {
    "cpu": Threshold(80.0, 95.0, 60.0),
    "memory": Threshold(20.0, 40.0, 10.0),
    "io": Threshold(60.0, 90.0, 40.0),
}


LASTING_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    resources: Annotated[tuple[Resource, ...], Names] = ("cpu", "memory", "io")
    for_s: For = 600.0


def concerns(params: Params) -> Sequence[Concern]:
    """Only where a stall can be a finding at once: what has to last is seen by the schedule as soon."""
    if params.for_s >= LASTING_S:
        return ()
    levels = {resource: _threshold(resource, params) for resource in params.resources}
    return tuple(
        Concern(EventSource.PRESSURE, (resource,), level=min(filter(None, (bounds.warning, bounds.critical))))
        for resource, bounds in levels.items()
        if bounds.warning or bounds.critical
    )


def look(params: Params) -> CheckAnswer:
    return tuple(_observation(resource, params) for resource in params.resources)


def _observation(resource: Resource, params: Params) -> Observation:
    now = proc.pressure(resource)
    summary = f"tasks waited for {resource} during {now.some_avg60:.0f}% of the last minute"
    threshold = _threshold(resource, params)
    return Observation(resource, summary, now.some_avg60, "%", threshold, evidence=asdict(now))


def _threshold(resource: Resource, params: Params) -> Threshold:
    if params.warning is None and params.critical is None:
        return replace(BOUNDS[resource], for_s=params.for_s)
    return params.threshold

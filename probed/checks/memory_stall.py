"""Whether everything stands still for lack of memory: the share of the last ten seconds in which no task could go on
because all that wanted to run waited for memory, in percent.

Parameters: `warning` (40%), `critical` (70%), `clear` (10%), `from_memory` (85%; below that much used memory it is no
finding), `for` (0s).

The kernel tells of such a stall when it begins, and the check looks at once, not only when its schedule comes. 40% are
reached after five seconds without pause. Programs that compile, copy or back up do not stop each other for lack of
memory, and a group that is squeezed by its own limit (a container) leaves memory for others: that is no finding here;
`pressure` and `oom` tell of it if it lasts. A finding means that the host thrashes, mostly minutes before the kernel
kills something; its evidence names the largest processes. `terminate_process` fits the largest in
`actions.processes.programs`, if the document allows it.

Example:
  - memory_stall: {warning: 40%, critical: 70%}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

from probed.checks.memory import largest_processes
from probed.checks.parameters import PercentBound, PercentBounds
from probed.config.values import Percent
from probed.core.host_event import Concern, EventSource
from probed.core.observation import CheckAnswer, Observation
from probed.core.size import size_text
from probed.host import proc

TOLD_FROM = 20.0
"""Percent of two seconds: early enough to see what is about to become a finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    warning: PercentBound = 40.0
    critical: PercentBound = 70.0
    clear: PercentBound = 10.0
    from_memory: Annotated[float, Percent] = 85.0


def concerns(params: Params) -> Sequence[Concern]:
    bounds = [bound for bound in (params.warning, params.critical) if bound is not None]
    return (Concern(EventSource.PRESSURE, ("memory full",), level=min(TOLD_FROM, *bounds)),) if bounds else ()


def look(params: Params) -> CheckAnswer:
    stall, memory = proc.pressure("memory"), proc.memory()
    threshold = params.threshold if memory.used_percent >= params.from_memory else None
    evidence: dict[str, object] = {**asdict(stall), "memory_used_percent": round(memory.used_percent, 1)}
    if threshold and threshold.severity(stall.full_avg10, None):
        evidence["largest_processes"] = largest_processes()
    summary = (
        f"everything waited for memory during {stall.full_avg10:.0f}% of the last ten seconds, "
        f"{size_text(memory.available_bytes)} are available"
    )
    return (Observation("memory", summary, stall.full_avg10, "%", threshold, evidence=evidence),)

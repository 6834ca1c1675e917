"""How much of the swap space is used, in percent.

Parameters: `warning` (80%), `critical` (95%), `clear` (60%), `for` (15m), `from_memory` (70%).

As long as less than `from_memory` of the memory is used, what lies in swap is cold and nobody waits for it: then a full
swap is no finding. Otherwise a finding means that nothing is left before the kernel kills. No action fits by itself.

Example:
  - swap: {warning: 90%}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from probed.checks.parameters import For, PercentBound, PercentBounds
from probed.config.values import Percent
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.size import size_text
from probed.host import proc


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    warning: PercentBound = 80.0
    critical: PercentBound = 95.0
    clear: PercentBound = 60.0
    for_s: For = 900.0
    from_memory: Annotated[float, Percent] = 70.0


def look(params: Params) -> CheckAnswer:
    swap, memory = proc.swap(), proc.memory()
    if not swap.total_bytes:
        return (Absent("swap space"),)
    percent = round(swap.used_percent, 1)
    evidence = {
        "used_percent": percent,
        "total_bytes": swap.total_bytes,
        "used_bytes": swap.used_bytes,
        "memory_used_percent": round(memory.used_percent, 1),
    }
    summary = f"swap is {percent:.0f}% used, {size_text(swap.used_bytes)} of {size_text(swap.total_bytes)}"
    threshold = params.threshold if memory.used_percent >= params.from_memory else None
    return (Observation("swap", summary, percent, "%", threshold, evidence=evidence),)

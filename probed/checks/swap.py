"""How much of the swap space is used, in percent, and how much is read back in from it.

Parameters: `warning` (80%), `critical` (95%), `clear` (60%), `for` (15m), `from_memory` (70%); `pages_in` (1000) and
`pages_in_critical` (10000), pages a second, `off` for never; a page is mostly 4 KiB.

As long as less than `from_memory` of the memory is used, what lies in swap is cold and nobody waits for it: then a full
swap is no finding. Otherwise `swap` means that nothing is left before the kernel kills. `swapping` counts what programs
need again and wait for; writing out alone makes nobody wait. A finding means that memory is too small for what runs:
look for the process that grows. No action fits by itself.

Example:
  - swap: {warning: 80%, critical: 95%, for: 15m, pages_in: 1000}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from probed.checks.parameters import For, NumberBound, PercentBound, PercentBounds
from probed.checks.since_last_look import Window
from probed.config.values import Percent
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.size import size_text
from probed.core.threshold import Threshold
from probed.host import proc


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    warning: PercentBound = 80.0
    critical: PercentBound = 95.0
    clear: PercentBound = 60.0
    for_s: For = 900.0
    from_memory: Annotated[float, Percent] = 70.0
    pages_in: NumberBound = 1000.0
    pages_in_critical: NumberBound = 10_000.0


def look(params: Params) -> CheckAnswer:
    swap, memory = proc.swap(), proc.memory()
    if not swap.total_bytes:
        return (Absent("swap space"),)
    return _space(swap, memory, params), _swapping(params)


def _space(swap: proc.Swap, memory: proc.Memory, params: Params) -> Observation:
    percent = round(swap.used_percent, 1)
    evidence = {
        "used_percent": percent,
        "total_bytes": swap.total_bytes,
        "used_bytes": swap.used_bytes,
        "memory_used_percent": round(memory.used_percent, 1),
    }
    summary = f"swap is {percent:.0f}% used, {size_text(swap.used_bytes)} of {size_text(swap.total_bytes)}"
    threshold = params.threshold if memory.used_percent >= params.from_memory else None
    return Observation("swap", summary, percent, "%", threshold, evidence=evidence)


def _swapping(params: Params) -> Observation:
    span = _window.move()
    into, out = (
        round((after - before) / span.seconds, 1) for before, after in zip(span.before, span.after, strict=True)
    )
    evidence = {"pages_in_per_s": into, "pages_out_per_s": out, "window_s": round(span.seconds, 1)}
    summary = f"{into:g} pages a second are read back from swap, {out:g} written"
    threshold = Threshold(params.pages_in, params.pages_in_critical, for_s=params.for_s)
    return Observation("swapping", summary, into, "pages/s", threshold, evidence=evidence)


_window = Window(lambda: proc.swapped_pages())

"""Units and containers that are held back by their processor quota (CPUQuota=, --cpus), in percent of the time.

Parameters: `control_groups` (all; paths below the root of the hierarchy, and shell patterns), `exclude` (the same),
`warning` (25%), `critical` (off), `clear` (15%), `for` (15m).

It is the share of the periods (mostly of a tenth of a second) in which the group worked, and had to stop because its
quota was used up: what it serves is late by that, though `cpu` shows a host with time to spare. Give it more, or let it
do less at once. A job that is slowed down on purpose is held back all the time: leave it out. Measured since the last
look, at most 15 minutes back. No action fits.

Example:
  - cpu_quota: {control_groups: "*/docker-*", warning: 50%}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from probed.checks.parameters import For, PercentBound, PercentBounds
from probed.checks.since_last_look import Span, Window
from probed.config.values import Names
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.host import cpu_quotas
from probed.host.cpu_quotas import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    control_groups: Annotated[tuple[str, ...], Names] = ("*",)
    exclude: Annotated[tuple[str, ...], Names] = ()
    warning: PercentBound = 25.0
    critical: PercentBound = None
    clear: PercentBound = 15.0
    for_s: For = 900.0


def look(params: Params) -> CheckAnswer:
    return tuple(_observations(_window.move(), params)) or (Absent("control group with a processor quota"),)


def _observations(span: Span[dict[str, Held]], params: Params) -> Iterator[Observation]:
    for name, now in span.after.items():
        before = span.before.get(name)
        if before and fits_any(name, params.control_groups) and not fits_any(name, params.exclude):
            periods, throttled = max(0, now.periods - before.periods), max(0, now.throttled - before.throttled)
            percent = round(100.0 * throttled / periods, 1) if periods else 0.0
            evidence = {"periods": periods, "throttled": throttled, "window_s": round(span.seconds, 1)}
            summary = f"{name} was held back by its processor quota in {percent:g}% of the time it worked"
            yield Observation(name, summary, percent, "%", params.threshold, evidence=evidence)


_window = Window(lambda: cpu_quotas.held(), sample_s=0.5)

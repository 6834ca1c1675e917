"""How busy the disks are, in percent, and how long an operation takes.

Parameters: `devices` (auto, or names and shell patterns, as in /proc/diskstats), `exclude` (names and patterns),
`warning` (250ms), `critical` (1s), `clear` (100ms), `for` (10m); they bound how long a read or a write takes on
average. `busy` (95%), from where on a disk has no more to give, a warning, `off` for never, and `from_latency` (50ms).

Measured since the last look, at most 15 minutes back; discards do not count. `auto` means every whole disk, neither
images nor what is made of other disks. A disk can be busy all day and still answer at once: `busy` counts only while an
operation takes `from_latency` or longer. Fewer than one operation a second have no meaningful average. A disk that did
nothing though something waits for it is critical, a named one that is not there a warning. A finding means that
programs wait: look for the one that reads or writes so much, and at the disk itself (`smart`, `kernel_errors`).
`ionice_process` fits, if the document allows it.

Example:
  - disk_io: {devices: auto, warning: 250ms, critical: 1s, busy: 95%}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from probed.checks.parameters import Bounds, DurationBound, For, PercentBound, lasting
from probed.checks.since_last_look import Window
from probed.config.values import Duration, Names
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any, is_pattern
from probed.core.threshold import Threshold
from probed.host import block_devices
from probed.host.block_devices import Work

AUTO = "auto"
LEAST_A_SECOND = 1.0
STUCK = 90.0
"""Percent of the time in which something was under way though nothing came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    devices: Annotated[tuple[str, ...], Names] = (AUTO,)
    exclude: Annotated[tuple[str, ...], Names] = ()
    warning: DurationBound = 0.25
    critical: DurationBound = 1.0
    clear: DurationBound = 0.1
    for_s: For = 600.0
    busy: PercentBound = 95.0
    from_latency: Annotated[float, Duration] = 0.05


@dataclass(frozen=True, slots=True)
class Pace:
    busy_percent: float
    latency_s: float | None
    """None where too little was done to tell."""
    operations_per_s: float
    read_bytes_per_s: float
    written_bytes_per_s: float
    is_stuck: bool


def look(params: Params) -> CheckAnswer:
    span = _window.move()
    names = [name for name in _chosen(params, span.after) if not fits_any(name, params.exclude)]
    answer: list[Observation | Absent] = []
    for name in names:
        if name in span.before:
            answer += _observations(name, pace(span.before[name], span.after[name], span.seconds), params)
    for name in params.devices:
        if name != AUTO and not is_pattern(name) and name not in span.after:
            answer.append(Observation(name, f"there is no disk {name}", severity=Severity.WARNING))
    return tuple(answer) or (Absent("disk"),)


def pace(before: Work, after: Work, seconds: float) -> Pace:
    done = max(0, after.operations - before.operations)
    busy = min(100.0, max(0.0, (after.busy_ms - before.busy_ms) / 10.0 / seconds))
    took_s = max(0, after.operations_ms - before.operations_ms) / 1000.0
    return Pace(
        busy_percent=round(busy, 1),
        latency_s=round(took_s / done, 4) if done >= max(1.0, LEAST_A_SECOND * seconds) else None,
        operations_per_s=round(done / seconds, 1),
        read_bytes_per_s=round(max(0, after.read_bytes - before.read_bytes) / seconds),
        written_bytes_per_s=round(max(0, after.written_bytes - before.written_bytes) / seconds),
        is_stuck=not done and after.under_way > 0 and before.under_way > 0 and busy >= STUCK,
    )


def _chosen(params: Params, present: dict[str, Work]) -> list[str]:
    automatic = block_devices.disks() if AUTO in params.devices else ()
    return [name for name in present if name in automatic or fits_any(name, params.devices)]


def _observations(name: str, now: Pace, params: Params) -> Iterator[Observation]:
    evidence: dict[str, object] = {
        "busy_percent": now.busy_percent,
        "latency_s": now.latency_s,
        "operations_per_s": now.operations_per_s,
        "read_bytes_per_s": now.read_bytes_per_s,
        "written_bytes_per_s": now.written_bytes_per_s,
    }
    if now.is_stuck:
        summary, severity = f"{name} has done nothing though something waits for it", Severity.CRITICAL
        yield Observation(name, summary, threshold=lasting(params.for_s), severity=severity, evidence=evidence)
    elif now.latency_s is None:
        yield Observation(name, f"{name} has little to do", evidence=evidence)
    else:
        summary = f"an operation of {name} takes {1000 * now.latency_s:.0f} ms"
        yield Observation(name, summary, now.latency_s, "s", params.threshold, evidence=evidence)
    is_slow = (now.latency_s or 0.0) >= params.from_latency
    threshold = Threshold(warning=params.busy, for_s=params.for_s) if is_slow else None
    summary = f"{name} is {now.busy_percent:.0f}% busy"
    yield Observation(f"{name} busy", summary, now.busy_percent, "%", threshold, evidence=evidence)


_window = Window(lambda: block_devices.work())

"""How busy the processors are, in percent of all of them together, what the hypervisor takes, and single ones.

Parameters: `warning` (90%), `critical` (98%), `clear` (80%), `for` (15m); `steal` (20%), time that the hypervisor gave
to other machines; `interrupts` (80%), the share of one processor that serves interrupts; `core` (off), from where on
one processor alone is busy; these three are warnings.

Measured since the last look, at most 15 minutes back; the first look measures for a quarter of a second. What gives way
to everything else (`nice`) does not count as busy, and waiting for a disk counts as idle: `pressure` shows it. There
are three observations. `cpu`: work has queued for a long while; look for the process that takes it, `renice_process`
fits, if the document allows it. `steal`: this machine gets less than it could use; move it, or give it more. `cores`:
one processor alone does all the interrupts (spread them: irqbalance, queues of the network card), or, where `core` is
set, a program that can use but one is at its limit. The evidence has the share of each state.

Example:
  - cpu: {warning: 85%, core: 95%, overrides: [{hours: {start_time: "01:00", end_time: "05:00"}, warning: off}]}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from probed.checks.parameters import For, PercentBound, PercentBounds, lasting
from probed.checks.since_last_look import Window
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Observation
from probed.core.threshold import Threshold
from probed.host import proc
from probed.host.proc import CpuTimes

SAMPLE_S = 0.25
BUSY = 90.0
"""Percent from which on the evidence names a processor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    warning: PercentBound = 90.0
    critical: PercentBound = 98.0
    clear: PercentBound = 80.0
    for_s: For = 900.0
    steal: PercentBound = 20.0
    interrupts: PercentBound = 80.0
    core: PercentBound = None


def look(params: Params) -> CheckAnswer:
    span = _window.move()
    each = [_since(before, after) for before, after in zip(span.before, span.after, strict=False)]
    whole = _since(proc.summed(span.before), proc.summed(span.after))
    return _busy(whole, span.seconds, params), _steal(whole, params), _cores(each, params)


def _busy(whole: CpuTimes, seconds: float, params: Params) -> Observation:
    percent = _percent(whole.busy_s, whole)
    evidence = {"busy_percent": percent, **_states(whole), "window_s": round(seconds, 1), "cores": proc.cpu_count()}
    summary = f"the processors are {percent:.0f}% busy"
    return Observation("cpu", summary, percent, "%", params.threshold, evidence=evidence)


def _steal(whole: CpuTimes, params: Params) -> Observation:
    percent = _percent(whole.steal_s, whole)
    summary = f"the hypervisor took {percent:.0f}% of the processors' time"
    threshold = Threshold(warning=params.steal, for_s=params.for_s)
    return Observation("steal", summary, percent, "%", threshold, evidence=_states(whole))


def _cores(cores: Sequence[CpuTimes], params: Params) -> Observation:
    busy = [_percent(core.busy_s, core) for core in cores]
    serving = [_percent(core.interrupts_s, core) for core in cores]
    saturated = {str(number): percent for number, percent in enumerate(busy) if percent >= BUSY}
    evidence = {
        "busy_percent": saturated,
        "interrupts_percent": max(serving, default=0.0),
        "cores": len(cores),
    }
    if (worst := _over(serving, params.interrupts)) is not None:
        summary = f"processor {worst} serves interrupts during {serving[worst]:.0f}% of its time"
    elif (worst := _over(busy, params.core)) is not None:
        summary = f"processor {worst} is {busy[worst]:.0f}% busy by itself"
    else:
        summary = f"{len(saturated)} of {len(cores)} processors are busy by themselves"
    severity = None if worst is None else Severity.WARNING
    return Observation("cores", summary, threshold=lasting(params.for_s), severity=severity, evidence=evidence)


def _over(percents: Sequence[float], bound: float | None) -> int | None:
    """The number of the worst one, if it reaches the bound."""
    worst = max(range(len(percents)), key=lambda number: percents[number], default=None)
    return worst if worst is not None and bound is not None and percents[worst] >= bound else None


def _states(times: CpuTimes) -> dict[str, float]:
    return {f"{name.removesuffix('_s')}_percent": _percent(seconds, times) for name, seconds in asdict(times).items()}


def _since(before: CpuTimes, after: CpuTimes) -> CpuTimes:
    """The kernel's counts of idle and waiting can go back a little, see proc_stat(5)."""
    then = asdict(before)
    return CpuTimes(**{name: max(0.0, now - then[name]) for name, now in asdict(after).items()})


def _percent(seconds: float, of: CpuTimes) -> float:
    return round(100.0 * seconds / max(of.total_s, 0.01), 1)


_window = Window(lambda: proc.cpu_times(), SAMPLE_S)

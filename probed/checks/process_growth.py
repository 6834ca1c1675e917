"""Whether a named program leaks: its memory, or its open descriptors, grow and grow.

Parameters: `name` (a program's name or a shell pattern, the first 15 characters of it), `window` (6h), `memory` (20%)
and `memory_at_least` (64 MiB), `descriptors` (20%) and `descriptors_at_least` (50), `warm_up` (10m), `for` (0s). Growth
within `window` counts from both its percentage and its amount on; `off` in place of a percentage switches it off.

Each process is compared with itself. The window is cut in four: what is least in each part has to be more than in the
one before. So a peak, a cache that fills and is emptied, or a heap that is collected is no leak, and what a program
takes within `warm_up` after its start is what it needs. Memory is the program's own (neither files nor what it shares),
swapped or not. A finding (a warning) comes after a whole window and eight looks at the earliest, and again so after the
daemon was restarted. Restarting the program helps for a while; tell its makers.

Example:
  - process_growth: {name: postgres, window: 6h, memory: 20%, descriptors: 20%}
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field

from probed.checks.parameters import For, PercentBound, lasting
from probed.config.values import Duration, Positive, Size
from probed.core.finding import Severity
from probed.core.growth import FEWEST, Growth, steady_growth
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.size import size_text
from probed.host import descriptors, process_table
from probed.host.process_table import Task

SAMPLES = 64
"""Of each process and measure within a window."""
MAX_PROCESSES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    name: Annotated[str, Field(min_length=1)]
    window: Annotated[float, Duration, Field(ge=1)] = 21600.0
    memory: PercentBound = 20.0
    memory_at_least: Annotated[int, Size] = 64 * 2**20
    descriptors: PercentBound = 20.0
    descriptors_at_least: Annotated[int, Positive] = 50
    warm_up: Annotated[float, Duration] = 600.0
    for_s: For = 0.0


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    of: Callable[[int], float | None]
    text: Callable[[float], str]


MEASURES = (
    Measure("memory", lambda pid: process_table.memory_bytes(pid) or None, size_text),
    Measure("descriptors", lambda pid: descriptors.counted(pid), lambda count: f"{count:.0f}"),
)


def look(params: Params) -> CheckAnswer:
    tasks = [each for each in process_table.tasks() if fnmatchcase(each.name, params.name) and each.state != "Z"]
    if not tasks:
        return (Absent(f"process {params.name}"),)
    return tuple(_observations(tasks[:MAX_PROCESSES], params))


def _observations(tasks: list[Task], params: Params) -> Iterator[Observation]:
    for measure in MEASURES:
        grown = _past.add(measure, params, tasks)
        worst = max(grown, key=lambda task: grown[task].percent, default=None)
        name = f"{params.name} {measure.name}"
        if worst is None:
            yield Observation(name, f"the {measure.name} of {params.name} does not only grow")
            continue
        growth = grown[worst]
        first, last = measure.text(growth.first), measure.text(growth.last)
        summary = (
            f"the {measure.name} of {worst.name} ({worst.pid}) has grown from {first} to {last} and gives none back"
        )
        evidence = {
            "pid": worst.pid,
            "start_time": worst.start_time,
            "from": growth.first,
            "to": growth.last,
            "grown_percent": round(growth.percent, 1),
            "within_s": params.window,
        }
        severity = Severity.WARNING if _is_leak(measure, growth, params) else None
        yield Observation(name, summary, threshold=lasting(params.for_s), severity=severity, evidence=evidence)


def _is_leak(measure: Measure, growth: Growth, params: Params) -> bool:
    percent = params.memory if measure.name == "memory" else params.descriptors
    amount = params.memory_at_least if measure.name == "memory" else params.descriptors_at_least
    return percent is not None and growth.percent >= percent and growth.amount >= amount


class _Past:
    """What was measured of each process within the window, by window, measure, pid and start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: dict[tuple[str, float, str, int, int], list[tuple[float, float]]] = {}

    def add(self, measure: Measure, params: Params, tasks: list[Task]) -> dict[Task, Growth]:
        """Take a sample of each, and return those that have grown."""
        now, up_s = time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME)
        taken = {task: measure.of(task.pid) for task in tasks if process_table.age_s(task, up_s) >= params.warm_up}
        kept, grown = {}, {}
        with self._lock:
            for task, value in taken.items():
                key = (params.name, params.window, measure.name, task.pid, task.start_time)
                if value is not None:
                    kept[key] = _with((now, value), self._samples.get(key, []), params.window)
                    if growth := steady_growth(kept[key], 0.9 * params.window):
                        grown[task] = growth
            mine = (params.name, params.window, measure.name)
            self._samples = {key: past for key, past in self._samples.items() if key[:3] != mine} | kept
        return grown


def _with(sample: tuple[float, float], past: list[tuple[float, float]], window_s: float) -> list[tuple[float, float]]:
    """Of samples that lie close together the lower one stays. Of those before the window as many as make it whole, and
    enough to judge by, however seldom is looked."""
    inside = sum(sample[0] - each[0] <= window_s for each in past)
    recent = past[-max(inside + 1, FEWEST - 1) :]
    if len(recent) > 1 and sample[0] - recent[-2][0] < window_s / SAMPLES:
        last = recent.pop()
        return [*recent, (sample[0], min(last[1], sample[1]))]
    return [*recent, sample]


_past = _Past()

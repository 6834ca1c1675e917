"""What the processes of a program take together, and how long they have run.

Parameters: `name` (a program's name or a shell pattern, the first 15 characters of it), `children` (false; whether all
that they have started counts, too), `cpu` (off; percent of one processor), `memory` (off; a size), `threads` (off),
`processes` (off), `descriptors` (off), more of which is a warning; `started_within` (off), a process that runs for less
long than which is one, `runs_for` (off), one that runs longer; `for` (5m).

Processor time, memory, threads and processes are always measured, for trends and `unusual: on`; memory is the program's
own (neither files nor what it shares), swapped or not. Processor time is measured since the last look, at most 15
minutes back. Whether a program runs at all is told by `processes`, whether it leaks by `process_growth`, and the bounds
that systemd or Docker keep by `systemd_unit`, `docker_container` and `processes`. `renice_process`, `ionice_process`
and `terminate_process` fit those in `actions.processes.programs`, if the document allows it.

Example:
  - process_usage: {name: nginx, children: true, cpu: 150%, memory: 2GB, threads: 500}
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BeforeValidator, Field

from probed.checks.parameters import DurationBound, For, NumberBound, SizeBound, unless_off
from probed.checks.since_last_look import Window
from probed.core.finding import Evidence
from probed.core.inspection import age_text
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.size import size_text
from probed.core.threshold import Threshold
from probed.host import descriptors, process_table
from probed.host.process_table import Task

PIDS = 10
Running = tuple[Task, ...]


def _processors(value: object) -> float:
    """Percent of one processor, which may be more than 100. Raises ValueError."""
    text = str(value).strip().removesuffix("%")
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{value!r} is no percentage of one processor, as in 150%") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    name: Annotated[str, Field(min_length=1)]
    children: bool = False
    cpu: Annotated[float | None, BeforeValidator(unless_off(_processors))] = None
    memory: SizeBound = None
    threads: NumberBound = None
    processes: NumberBound = None
    descriptors: NumberBound = None
    started_within: DurationBound = None
    runs_for: DurationBound = None
    for_s: For = 300.0


def look(params: Params) -> CheckAnswer:
    span = _windows.setdefault(params.name, Window(process_table.tasks)).move()
    tasks = _chosen(span.after, params)
    if not tasks:
        return (Absent(f"process {params.name}"),)
    cpu = _cpu_percent(span.before, tasks, span.seconds)
    return tuple(_observations(tasks, cpu, params))


def _chosen(running: Running, params: Params) -> list[Task]:
    living = [each for each in running if each.state != "Z"]
    named = [each for each in living if fnmatchcase(each.name, params.name)]
    if not params.children:
        return named
    pids, grown = {each.pid for each in named}, True
    while grown:
        more = {each.pid for each in living if each.parent_pid in pids} - pids
        grown, pids = bool(more), pids | more
    return [each for each in living if each.pid in pids]


def _cpu_percent(before: Running, tasks: Sequence[Task], seconds: float) -> float:
    """Of one processor. What was started since counts in full."""
    ticks = {(each.pid, each.start_time): each.cpu_ticks for each in before}
    used = sum(each.cpu_ticks - ticks.get((each.pid, each.start_time), 0) for each in tasks)
    return round(100.0 * max(0, used) / process_table.TICKS_A_SECOND / seconds, 1)


def _observations(tasks: Sequence[Task], cpu: float, params: Params) -> Iterator[Observation | Absent]:
    evidence = {"pids": [each.pid for each in tasks][:PIDS], "processes": len(tasks)}

    def told(what: str, value: float, unit: str, bound: float | None, text: str) -> Observation:
        threshold = Threshold(warning=bound, for_s=params.for_s)
        summary = f"{params.name} {text}"
        return Observation(f"{params.name} {what}", summary, value, unit, threshold, evidence=evidence)

    memory, threads = sum(process_table.memory_bytes(each.pid) for each in tasks), sum(each.threads for each in tasks)
    yield told("cpu", cpu, "%", params.cpu, f"takes {cpu:g}% of a processor")
    yield told("memory", memory, "bytes", params.memory, f"takes {size_text(memory)} of memory")
    yield told("threads", threads, "threads", params.threads, f"has {threads} threads")
    yield told("processes", len(tasks), "processes", params.processes, f"has {len(tasks)} processes")
    if params.descriptors is not None:
        counted = [count for each in tasks if (count := descriptors.counted(each.pid)) is not None]
        if len(counted) == len(tasks):
            text = f"has {sum(counted)} descriptors open"
            yield told("descriptors", sum(counted), "descriptors", params.descriptors, text)
        else:
            yield Absent(f"how many descriptors {params.name} has open", "use a kernel from 6.2 on")
    yield from _ages(tasks, evidence, params)


def _ages(tasks: Sequence[Task], evidence: Evidence, params: Params) -> Iterator[Observation]:
    up_s = time.clock_gettime(time.CLOCK_BOOTTIME)
    ages = sorted(process_table.age_s(each, up_s) for each in tasks)
    if params.started_within is not None:
        summary = f"{params.name} was started {age_text(ages[0])} ago"
        bound = Threshold(warning=params.started_within, below=True)
        yield Observation(f"{params.name} start", summary, round(ages[0], 1), "s", bound, evidence=evidence)
    if params.runs_for is not None:
        summary = f"{params.name} runs for {age_text(ages[-1])}"
        bound = Threshold(warning=params.runs_for)
        yield Observation(f"{params.name} age", summary, round(ages[-1], 1), "s", bound, evidence=evidence)


_windows: dict[str, Window[Running]] = {}
"""One for each name, so that looks at different programs do not shorten each other's."""

"""Processes: how many there are, or whether a named one runs.

Parameters: `name` (none; a program's name or a shell pattern), `min` (1) and `max` (none) for it, `zombies` (20),
`warning` (80%), `critical` (95%), `clear` (70%), `for` (1m).

Without `name` there are two observations: `threads`, in percent of what the kernel allows, and `zombies`, ended
processes that their parents did not fetch; `zombies` of them are a warning, and its evidence names the parents. Beside
them each control group (a unit, a container) that comes near the number of tasks that it may have (TasksMax=,
--pids-limit) is one, by its path: at its limit it can start nothing more. With `name` fewer than `min` are critical and
more than `max` a warning; one that is stopped does not count as running. Where the process belongs to a unit,
`systemd_unit` tells more and proposes the restart. Of those in `actions.processes.programs`, `continue_process` fits
the stopped ones and `terminate_process` the youngest of too many and the parents of zombies, if the document allows it.

Example:
  - processes: {name: "postgres*", min: 2}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated

from probed.checks.parameters import For, PercentBound, PercentBounds
from probed.config.values import Positive
from probed.core.observation import CheckAnswer, Observation
from probed.core.threshold import Threshold
from probed.errors import ParameterError
from probed.host import proc, process_table
from probed.host.process_table import Task
from probed.host.task_limits import task_limits

PARENTS = 5
PIDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    name: str | None = None
    min: int = 1
    max: int | None = None
    zombies: Annotated[int, Positive] = 20
    warning: PercentBound = 80.0
    critical: PercentBound = 95.0
    clear: PercentBound = 70.0
    for_s: For = 60.0

    def __post_init__(self) -> None:
        if self.max is not None and self.max < self.min:
            raise ParameterError("max", f"{self.max} is less than min, {self.min}")


def look(params: Params) -> CheckAnswer:
    if params.name is not None:
        return (_named(params.name, proc.processes(), params),)
    running = process_table.tasks()
    return _threads(running, params), _zombies(running, params), *_groups(params)


def _named(name: str, running: Sequence[proc.Process], params: Params) -> Observation:
    living = [each for each in running if fnmatchcase(each.name, name) and each.state != "zombie"]
    stopped = [each for each in living if each.state == "stopped"]
    found = [each for each in living if each.state != "stopped"]
    youngest = sorted(_identities(found), key=lambda each: -each["start_time"])
    wanted = f"at least {params.min}" if params.max is None else f"{params.min} to {params.max}"
    evidence = {
        "count": len(found),
        "min": params.min,
        "max": params.max,
        "rss_bytes": sum(each.rss_bytes for each in found),
        "pids": [each.pid for each in found][:PIDS],
        "youngest": youngest[:PIDS],
        "stopped": _identities(stopped)[:PIDS],
    }
    remark = f" ({len(stopped)} more are stopped)" if stopped else ""
    summary = f"{len(found)} processes {name} run{remark}, {wanted} should"
    return Observation(name, summary, len(found), "processes", _wanted(len(found), params), evidence=evidence)


def _identities(of: Sequence[proc.Process]) -> list[dict[str, int]]:
    """What an action needs to name them."""
    return [{"pid": each.pid, "start_time": proc.start_time(each.pid)} for each in of]


def _wanted(count: int, params: Params) -> Threshold:
    if params.max is not None and count > params.max:
        return Threshold(warning=params.max + 1, for_s=params.for_s)
    return Threshold(critical=params.min - 1, for_s=params.for_s, below=True)


def _threads(running: Sequence[Task], params: Params) -> Observation:
    """The kernel counts those of the whole host, which is too many where only a part of them can be seen: in a process
    namespace of its own, which has none of the kernel's threads."""
    threads, limit = proc.threads()
    if not any(each.is_kernels for each in running):
        threads = min(threads, sum(each.threads for each in running))
    percent = round(100.0 * threads / limit, 1)
    evidence = {"threads": threads, "max_threads": limit, "processes": len(running), "used_percent": percent}
    summary = f"{threads} threads in {len(running)} processes, {percent:g}% of what the kernel allows"
    return Observation("threads", summary, percent, "%", params.threshold, evidence=evidence)


def _groups(params: Params) -> Iterator[Observation]:
    """Those that are no longer, or never were, near their limit are healthy, and not told."""
    told_from = min((each for each in (params.clear, params.warning) if each is not None), default=100.0)
    for each in task_limits():
        if each.percent >= told_from:
            evidence = {"tasks": each.tasks, "limit": each.limit, "refused": each.refused}
            summary = f"{each.control_group} has {each.tasks} tasks of {each.limit} that it may have"
            percent = round(each.percent, 1)
            yield Observation(each.control_group, summary, percent, "%", params.threshold, evidence=evidence)


def _zombies(running: Sequence[Task], params: Params) -> Observation:
    zombies = [each for each in running if each.state == "Z"]
    names = {each.pid: each.name for each in running}
    parents = Counter(each.parent_pid for each in zombies).most_common(PARENTS)
    evidence = {
        "zombies": len(zombies),
        "parents": [
            {"pid": pid, "start_time": proc.start_time(pid), "name": names.get(pid, "?"), "zombies": count}
            for pid, count in parents
        ],
    }
    summary = f"{len(zombies)} zombie processes"
    if parents:
        [(parent, count), *_] = parents
        summary += f", {count} of them of {names.get(parent, '?')} (pid {parent})"
    threshold = Threshold(warning=params.zombies, for_s=params.for_s)
    return Observation("zombies", summary, len(zombies), "processes", threshold, evidence=evidence)

"""Open files, sockets and pipes: in percent of what the system, and each process for itself, may have.

Parameters: `warning` (80%), `critical` (95%), `clear` (70%), `for` (1m), `name` (none; a program's name or a shell
pattern: only its processes then, and not the system).

`system` has all of the host (fs.file-max). A process that comes near its own limit is an observation by its program's
name; of several of one name the worst counts. A finding means a leak, or a limit that is too low for what the program
does (LimitNOFILE= of its unit): at the limit it can open nothing more, no connection either. `process_growth` tells a
leak earlier. Kernels before 6.2 say of other users' processes only how many there are at most: as long as that is below
the bounds it suffices, beyond them the check says that it cannot tell. No action fits by itself; where a unit is behind
the process, its restart.

Example:
  - file_descriptors: {warning: 80%, critical: 95%}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from probed.checks.parameters import For, PercentBound, PercentBounds
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.host import descriptors, process_table
from probed.host.descriptors import Descriptors
from probed.host.process_table import Task

MAX_NAMES = 50
"""Programs that one look tells of."""
HIDDEN = Absent("the descriptors of other users' processes", "give the daemon a kernel from 6.2 on, or CAP_SYS_PTRACE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    warning: PercentBound = 80.0
    critical: PercentBound = 95.0
    clear: PercentBound = 70.0
    for_s: For = 60.0
    name: str | None = None

    @property
    def told_from(self) -> float:
        """What has less is healthy, whatever it was before."""
        return min((each for each in (self.clear, self.warning, self.critical) if each is not None), default=100.0)


def look(params: Params) -> CheckAnswer:
    worst, is_any_hidden = _worst(params)
    answer: list[Observation | Absent] = [] if params.name else [_system(params)]
    told = [(task, its) for task, its in worst.values() if params.name or its.percent >= params.told_from]
    told.sort(key=lambda each: -each[1].percent)
    answer += [_observation(task, its, params) for task, its in told[:MAX_NAMES]]
    if is_any_hidden:
        answer.append(HIDDEN)
    return tuple(answer) or (Absent(f"process {params.name}"),)


def _worst(params: Params) -> tuple[Mapping[str, tuple[Task, Descriptors]], bool]:
    """By the program's name; and whether there are some that may be as bad, but cannot be counted."""
    worst: dict[str, tuple[Task, Descriptors]] = {}
    is_any_hidden = False
    for task in process_table.tasks():
        if task.is_kernels or not fnmatchcase(task.name, params.name or "*"):
            continue
        its, known = descriptors.of_process(task), worst.get(task.name)
        if its and not its.is_exact and its.percent >= params.told_from:
            is_any_hidden = True
        elif its and (known is None or its.percent > known[1].percent):
            worst[task.name] = (task, its)
    return worst, is_any_hidden


def _system(params: Params) -> Observation:
    now = descriptors.of_system()
    percent = round(now.percent, 1)
    evidence = {"open": now.open, "limit": now.limit}
    summary = f"{now.open} files are open on this host, of {now.limit} that can be"
    return Observation("system", summary, percent, "%", params.threshold, evidence=evidence)


def _observation(task: Task, its: Descriptors, params: Params) -> Observation:
    percent = round(its.percent, 1)
    evidence = {"pid": task.pid, "start_time": task.start_time, "open": its.open, "limit": its.limit}
    summary = f"{task.name} (pid {task.pid}) has {its.open} descriptors open, of {its.limit} that it may have"
    return Observation(task.name, summary, percent, "%", params.threshold, evidence=evidence)

"""Processes that do not get on: in an uninterruptible sleep (state D), or stopped (state T).

Parameters: `blocked_for` (2m), how long a process must have slept in state D without a pause; `stopped_for` (10m);
`terminals` (false), whether stopped ones of a terminal count too; `exclude` (names and shell patterns; none).

`blocked`: a process waits for a device or a server (NFS, a dying disk) that does not answer, and nobody can end it; the
evidence says in which function of the kernel, and since when it was seen. That is critical. `stopped`: somebody or
something has sent SIGSTOP and forgotten it, a warning; who pressed Ctrl-Z in a terminal, or runs a debugger, knows.
`continue_process` fits, if the document allows it. Looked at is when the check runs: whoever moved in between two looks
is not stuck. The kernel's own threads count in `blocked`.

Example:
  - stuck_processes: {blocked_for: 2m, stopped_for: 10m}
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from probed.config.values import Duration, Names
from probed.core.finding import Severity
from probed.core.inspection import age_text
from probed.core.observation import CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.host import process_table
from probed.host.process_table import Task

NAMED = 10
"""Processes that the evidence names."""
FORGOTTEN_S = 1800.0
"""A look that is longer ago does not tell what happened since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    blocked_for: Annotated[float, Duration] = 120.0
    stopped_for: Annotated[float, Duration] = 600.0
    terminals: bool = False
    exclude: Annotated[tuple[str, ...], Names] = ()


def look(params: Params) -> CheckAnswer:
    found = [each for each in process_table.tasks() if not fits_any(each.name, params.exclude)]
    asleep = [each for each in found if each.state == "D"]
    stopped = [each for each in found if each.state == "T" and (params.terminals or not each.terminal)]
    since = _stillness.since([*asleep, *stopped])
    return (
        _observation("blocked", asleep, since, params.blocked_for, Severity.CRITICAL),
        _observation("stopped", stopped, since, params.stopped_for, Severity.WARNING),
    )


def _observation(
    kind: str, tasks: Sequence[Task], since: Mapping[Task, float], for_s: float, severity: Severity
) -> Observation:
    now = time.monotonic()
    stuck = sorted((each for each in tasks if now - since[each] >= for_s), key=lambda each: since[each])
    evidence = {"count": len(tasks), kind: [_facts(each, now - since[each]) for each in stuck[:NAMED]]}
    if not stuck:
        return Observation(kind, f"no process has been {kind} for long", evidence=evidence)
    names = ", ".join(dict.fromkeys(each.name for each in stuck))
    many = f"{len(stuck)} processes have" if len(stuck) > 1 else f"process {stuck[0].pid} has"
    summary = f"{many} been {kind} for {age_text(now - since[stuck[0]])}: {names:.200}"
    if kind == "blocked" and (function := process_table.waits_for(stuck[0].pid)):
        summary += f", waiting in {function}"
    return Observation(kind, summary, severity=severity, evidence=evidence)


def _facts(task: Task, seconds: float) -> dict[str, object]:
    return {
        "pid": task.pid,
        "start_time": task.start_time,
        "name": task.name,
        "parent_pid": task.parent_pid,
        "waits_for": process_table.waits_for(task.pid),
        "seen_for_s": round(seconds),
    }


class _Stillness:
    """Since when processes have not moved, as far as the looks of all inspections tell."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[tuple[int, int], tuple[tuple[str, int, int], float, float]] = {}
        """By pid and start: in which state and at which counts, since when, and last seen so."""

    def since(self, still: Iterable[Task]) -> dict[Task, float]:
        now = time.monotonic()
        found = {each: (each.state, each.cpu_ticks, process_table.switches(each.pid)) for each in still}
        with self._lock:
            began = {task: self._began(task, mark, now) for task, mark in found.items()}
            self._seen = {key: value for key, value in self._seen.items() if now - value[2] < FORGOTTEN_S}
            self._seen |= {(task.pid, task.start_time): (found[task], began[task], now) for task in found}
        return began

    def _began(self, task: Task, mark: tuple[str, int, int], now: float) -> float:
        known = self._seen.get((task.pid, task.start_time))
        return known[1] if known and known[0] == mark and now - known[2] < FORGOTTEN_S else now


_stillness = _Stillness()

"""How many processes and threads control groups (units, containers) may have, and have; see pids in cgroups(7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from probed.host import cgroup
from probed.host.proc_file import text_of


@dataclass(frozen=True, slots=True)
class TaskLimit:
    control_group: str
    """As a path from the root of the hierarchy."""
    tasks: int
    limit: int
    refused: int
    """How often it was at its limit and a fork was refused."""

    @property
    def percent(self) -> float:
        return 100.0 * self.tasks / self.limit if self.limit else 100.0


def task_limits() -> Iterator[TaskLimit]:
    """Of those groups that have a limit."""
    legacy = Path(cgroup.ROOT, "pids")
    root = str(legacy if legacy.is_dir() else Path(cgroup.ROOT))
    for folder in cgroup.folders(root):
        limit = text_of(f"{folder}/pids.max").strip()
        if limit.isdigit():
            tasks = text_of(f"{folder}/pids.current").strip()
            yield TaskLimit(folder[len(root) :] or "/", int(tasks or 0), int(limit), _refused(folder))


def _refused(folder: str) -> int:
    words = text_of(f"{folder}/pids.events").split()
    return int(words[1]) if words[:1] == ["max"] and len(words) > 1 else 0

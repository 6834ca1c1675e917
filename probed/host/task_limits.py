"""How many processes and threads control groups (units, containers) may have, and have; see pids in cgroups(7)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from probed.host import cgroup


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
    for folder, _, files in os.walk(root):
        if "pids.max" in files and (limit := _number(folder, "pids.max")) is not None:
            tasks = _number(folder, "pids.current") or 0
            yield TaskLimit(folder[len(root) :] or "/", tasks, limit, _refused(folder))


def _refused(folder: str) -> int:
    words = _text(folder, "pids.events").split()
    return int(words[1]) if words[:1] == ["max"] and len(words) > 1 else 0


def _number(folder: str, file: str) -> int | None:
    text = _text(folder, file).strip()
    return int(text) if text.isdigit() else None


def _text(folder: str, file: str) -> str:
    try:
        return Path(folder, file).read_text()
    except OSError:
        return ""

"""Control groups (units, containers) with a processor quota: how often they were held back by it; see cgroups(7)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from probed.host import cgroup


@dataclass(frozen=True, slots=True)
class Held:
    """Since the group was made."""

    periods: int
    """In which it had something to do."""
    throttled: int
    """In which it had to stop because its share was used up."""


def held() -> dict[str, Held]:
    """By the group's path, of those that have a quota."""
    legacy = next((each for name in ("cpu", "cpu,cpuacct") if (each := Path(cgroup.ROOT, name)).is_dir()), None)
    root = str(legacy or Path(cgroup.ROOT))
    found: dict[str, Held] = {}
    for folder, _, files in os.walk(root):
        if "cpu.stat" in files and _has_quota(folder, files):
            facts = _facts(folder)
            found[folder[len(root) :] or "/"] = Held(facts.get("nr_periods", 0), facts.get("nr_throttled", 0))
    return found


def _has_quota(folder: str, files: list[str]) -> bool:
    if "cpu.max" in files:
        return not _text(folder, "cpu.max").startswith("max")
    return "cpu.cfs_quota_us" in files and not _text(folder, "cpu.cfs_quota_us").startswith("-")


def _facts(folder: str) -> dict[str, int]:
    rows = (line.split() for line in _text(folder, "cpu.stat").splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


def _text(folder: str, file: str) -> str:
    try:
        return Path(folder, file).read_text()
    except OSError:
        return ""

"""Which file systems `disk` and `inodes` look at, and what both say of one that cannot be looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from probed.checks.parameters import lasting
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any, is_pattern
from probed.errors import HostFailed, NotHere
from probed.host.mounts import Kind, Mount, Usage, mounts, stores, usage

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Chosen:
    mounts: tuple[Mount, ...]
    missing: tuple[str, ...]
    """Mount points that were named and where nothing is mounted."""


def look_at(chosen: Chosen, for_s: float, observation: Callable[[Mount, Usage], Observation]) -> CheckAnswer:
    """An observation for each file system."""
    answer: list[Observation | Absent] = [
        _problem(name, f"nothing is mounted at {name}", for_s) for name in chosen.missing
    ]
    answer += [_look(mount, for_s, observation) for mount in chosen.mounts]
    return tuple(answer) or (Absent("file system that could fill up"),)


def choose(wanted: Sequence[str], exclude: Sequence[str]) -> Chosen:
    """`wanted` and `exclude` hold mount points and shell patterns, `wanted` also `auto`. Raises HostFailed."""
    present = mounts()
    automatic = stores(present) if AUTO in wanted else ()
    names = [name.rstrip("/") or "/" for name in wanted if name != AUTO]
    named = [mount for mount in present if fits_any(mount.mount_point, names) and mount not in automatic]
    points = {mount.mount_point for mount in present}
    return Chosen(
        tuple(mount for mount in (*automatic, *named) if not fits_any(mount.mount_point, exclude)),
        tuple(name for name in names if not is_pattern(name) and name not in points),
    )


def can_fill(mount: Mount) -> bool:
    """What cannot be written to may be as full as it likes."""
    return not mount.read_only and mount.kind not in (Kind.IMAGE, Kind.PSEUDO)


def _look(mount: Mount, for_s: float, observation: Callable[[Mount, Usage], Observation]) -> Observation | Absent:
    try:
        return observation(mount, usage(mount))
    except NotHere as hidden:
        return Absent(hidden.what, hidden.remedy)
    except HostFailed as error:
        return _problem(mount.mount_point, str(error), for_s)


def _problem(mount_point: str, summary: str, for_s: float) -> Observation:
    evidence = {"mount_point": mount_point}
    return Observation(mount_point, summary, threshold=lasting(for_s), severity=Severity.WARNING, evidence=evidence)

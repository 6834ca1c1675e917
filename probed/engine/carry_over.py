"""What is not yet a finding survives the daemon: how it is stored, and how much of it counts after a restart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from probed.core.finding import Severity
from probed.core.observation import Memory, Place
from probed.core.threshold import Pending, Threshold, resumed

STORED_AT: Place = ("", 0)
"""Among what the checks of a source remember; no check has an empty name."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is kept of an object between two looks."""

    pending: Pending | None = None
    """What is not yet a finding, because it has to last for a while."""
    looks: tuple[Severity | None, ...] = ()
    """What the newest looks saw, where several have to agree and one of them saw something."""


NOTHING = Past()
Key = tuple[str, int]
"""A check, and its place in the document."""
Pasts = Mapping[Key, Mapping[str, Past]]
"""By object."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Of a look; the clocks of two boots cannot be compared, other than that of the wall."""

    boot_id: str
    elapsed_s: float
    """Since boot."""
    wall: datetime

    def since(self, boot_id: str, elapsed_s: float, wall_s: float) -> float:
        """Seconds that have passed since that moment."""
        passed_s = self.elapsed_s - elapsed_s if self.is_in(boot_id) else self.wall.timestamp() - wall_s
        return max(0.0, passed_s)

    def is_in(self, boot_id: str) -> bool:
        return bool(boot_id) and boot_id == self.boot_id


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier life of the daemon kept of an object."""

    lasted_s: Mapping[Severity, float]
    looks: tuple[Severity | None, ...]
    gap_s: float
    """For so long nobody looked."""
    is_other_boot: bool

    def as_of(self, threshold: Threshold | None, now: float) -> Past:
        """`now`: monotonic seconds."""
        for_s = threshold.for_s if threshold else 0.0
        pending = resumed(self.lasted_s, self.gap_s, for_s, now, is_other_boot=self.is_other_boot)
        return Past(pending, () if self.is_other_boot else self.looks)


def stored(pasts: Pasts, at: Moment, now: float) -> Memory:
    """`now`: monotonic seconds, as those of `pasts`."""
    objects = [
        [check, place, name, _lasted(past.pending, now), list(past.looks)]
        for (check, place), of_check in pasts.items()
        for name, past in of_check.items()
    ]
    return {"boot": at.boot_id, "elapsed_s": at.elapsed_s, "wall_s": at.wall.timestamp(), "objects": objects}


def _lasted(pending: Pending | None, now: float) -> dict[str, float]:
    return {str(level): round(now - began, 3) for level, began in pending.since.items()} if pending else {}


def taken_up(memory: Memory, at: Moment) -> dict[Key, dict[str, Earlier]]:
    found = dict[Key, dict[str, Earlier]]()
    for key, name, earlier in _earlier(memory, at):
        found.setdefault(key, {})[name] = earlier
    return found


def _earlier(memory: Memory, at: Moment) -> Iterator[tuple[Key, str, Earlier]]:
    boot, objects = str(memory.get("boot", "")), memory.get("objects")
    gap_s = at.since(boot, _number(memory.get("elapsed_s")), _number(memory.get("wall_s")))
    for check, place, name, lasted, looks in objects if isinstance(objects, list) else ():
        lasted_s = {Severity(level): float(seconds) for level, seconds in lasted.items()}
        seen = tuple(Severity(each) if each else None for each in looks)
        yield (check, place), name, Earlier(lasted_s, seen, gap_s, not at.is_in(boot))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0

"""Lines of logs, as they come from a file or from the journal, and how far they have been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from probed.core.observation import Absent, Memory

LONGEST_LINE = 4096
"""Characters kept of one line."""


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    at: float
    """Seconds since the epoch: when it was written, or where only a file holds it, when it was read."""
    source: str
    """The file, or the unit or program of a line in the journal."""
    program: str = ""
    priority: int | None = None
    """0 emergency … 7 debug; None of a line in a file."""
    pid: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What came faster than it may be read."""

    source: str
    what: str
    """How much it was, as people say it."""


@dataclass(frozen=True, slots=True)
class Batch:
    lines: tuple[Line, ...]
    position: Memory
    """How far it was read: to be handed in the next time."""
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[Absent, ...] = ()
    """Of the logs that were not looked at."""


def as_number(value: object) -> float:
    """Of what was remembered; 0 where it is none."""
    return float(value) if isinstance(value, int | float) else 0.0


def as_mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}

"""Whether something grows and never gives back, told from something that goes up and down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

PARTS = 4
FEWEST = 8


@dataclass(frozen=True, slots=True)
class Growth:
    first: float
    """The least of the first part of the time."""
    last: float
    """The least of the last part."""

    @property
    def amount(self) -> float:
        return self.last - self.first

    @property
    def percent(self) -> float:
        return 100.0 * self.amount / self.first if self.first > 0 else 0.0


def steady_growth(samples: Sequence[tuple[float, float]], over_s: float) -> Growth | None:
    """`samples`: time in seconds and value, oldest first. None: too few, over too short a time, or no growth.

    The least value of each quarter of the time has to be above that of the quarter before. A cache that is emptied now
    and then, a heap that is collected, and a peak of work do not do that; a leak does, however much noise lies above
    it.
    """
    if len(samples) < FEWEST or samples[-1][0] - samples[0][0] < over_s:
        return None
    least = _least(samples)
    if len(least) < PARTS or any(later <= earlier for earlier, later in pairwise(least)):
        return None
    return Growth(least[0], least[-1])


def _least(samples: Sequence[tuple[float, float]]) -> list[float]:
    """Of each part of the time in which anything was sampled."""
    began, part_s = samples[0][0], (samples[-1][0] - samples[0][0]) / PARTS
    parts: list[list[float]] = [[] for _ in range(PARTS)]
    for moment, value in samples:
        parts[min(PARTS - 1, int((moment - began) / part_s))].append(value)
    return [min(part) for part in parts if part]

"""How fast something grows, said by the median of all pairs (Theil and Sen): a third of the samples may be anything."""

from __future__ import annotations

import enum
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

Point = tuple[float, float]
SURE = 1.96
"""Standard deviations: 95 of 100."""


class Verdict(enum.StrEnum):
    STEADY = "no leak"
    LEAK = "LEAK"
    UNDECIDED = "undecided: too short or too noisy a run"


@dataclass(frozen=True, slots=True)
class Slope:
    """In units of y for each of x, with the bounds between which the true one lies."""

    value: float
    least: float
    most: float
    span: float
    """From the first x to the last."""

    def verdict(self, bound: float, step: float) -> Verdict:
        """`bound`: for each of x, a growth that could not be a leak. `step`: what may come once and never again; where
        even the upper bound makes no more of it from the first x to the last, the median is believed."""
        if self.most <= bound or (self.value <= bound and self.most * self.span <= step):
            return Verdict.STEADY
        return Verdict.LEAK if self.least > bound and self.value * self.span > step else Verdict.UNDECIDED


def slope(points: Sequence[Point]) -> Slope:
    """The bounds are Sen's (1968), from the spread of Kendall's score. Raises ValueError without two different x."""
    pairs = sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2) if x1 != x2)
    if not pairs:
        raise ValueError("a slope needs points at two places at least")
    count = len(points)
    spread = SURE * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low, high = math.floor((len(pairs) - spread) / 2), math.ceil((len(pairs) + spread) / 2)
    span = max(points)[0] - min(points)[0]
    return Slope(statistics.median(pairs), pairs[max(low, 0)], pairs[min(high, len(pairs) - 1)], span)

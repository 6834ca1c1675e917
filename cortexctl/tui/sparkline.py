"""A curve on one line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean

LEVELS = "▁▂▃▄▅▆▇█"
COARSE = "▄█"
"""That every console font has."""


def sparkline(values: Sequence[float | None], end: float, columns: int, levels: str = LEVELS) -> str:
    """The newest at the right; `end` is as high as it goes. A blank where nothing was measured."""
    if columns <= 0 or end <= 0 or not values:
        return ""
    columns = min(columns, len(values))
    bounds = [round(number * len(values) / columns) for number in range(columns + 1)]
    pieces = [[value for value in values[start:stop] if value is not None] for start, stop in pairwise(bounds)]
    return "".join(_letter(fmean(piece) / end, levels) if piece else " " for piece in pieces)


def _letter(part: float, levels: str) -> str:
    return levels[min(len(levels) - 1, max(0, int(part * len(levels))))]

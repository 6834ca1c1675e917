"""A measured number over time: points of a span each, joined from finer and coarser ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Series:
    """What was measured: a check's number of one object."""

    id: str
    check: str
    object: str
    unit: str

    @property
    def name(self) -> str:
        return f"{self.check} {self.object}".strip()


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured in a span that begins at `at_s` (seconds since 1970)."""

    at_s: float
    least: float
    mean: float
    most: float
    count: int = 1

    @classmethod
    def of(cls, at_s: float, value: float) -> Point:
        return cls(at_s, value, value, value)


def spliced(coarse: Sequence[Point], step_s: float, fine: Sequence[Point]) -> list[Point]:
    """The coarse points (of `step_s` each) that end before the fine ones begin, then those."""
    begin_s = fine[0].at_s if fine else float("inf")
    return [*(point for point in coarse if point.at_s + step_s <= begin_s), *fine]


def merged(points: Iterable[Point], width_s: float) -> list[Point]:
    """One point for each span of `width_s` in which there are any, in the order of time."""
    spans: dict[int, list[Point]] = {}
    for point in points:
        spans.setdefault(int(point.at_s // width_s), []).append(point)
    return [_joined(number * width_s, spans[number]) for number in sorted(spans)]


def _joined(at_s: float, points: Sequence[Point]) -> Point:
    count = sum(point.count for point in points)
    return Point(
        at_s,
        min(point.least for point in points),
        sum(point.mean * point.count for point in points) / count,
        max(point.most for point in points),
        count,
    )

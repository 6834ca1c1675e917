"""What is unusual for this very host at this hour of the week.

Each hour is compared with the same hour, and its neighbours, of the weeks before: their median, and the median of the
distances from it. An episode begins when two hours in a row are beyond, and is told once: a shift that lasts becomes
the new habit, and until the weeks that know the old one are gone, nothing of the same direction begins anew unless it
is twice as far.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from probed.core.trend import Point

HOUR_S = 3600
WEEK_HOURS = 168
WEEKS = 4
"""Of the past are known."""
LEAST_SPAN_S = 14 * 86400
LEAST_KNOWN = 5
"""Hours to compare with."""
BEYOND = 5.0
"""Standard deviations."""
SPREAD = 1.4826
"""From the median of the distances to a standard deviation."""
LEAST_SHARE = 0.15
"""Of the series' own width: what differs by less is of no interest, however regular the hour is..."""
LEAST_RATIO = 0.1
"""... nor what differs by less than this share of the usual."""
BEGINS_AFTER, ENDS_AFTER = 2, 3
"""Hours in a row."""
LASTS_H = 48
"""What is unusual for longer is usual."""
QUIET_H = WEEKS * WEEK_HOURS


@dataclass(slots=True)
class Episode:
    began_s: float
    sign: int
    """1: higher than usual, -1: lower."""
    farthest: float
    """From the median, in the number's own unit."""
    usual: float
    value: float
    ended_s: float | None = None


@dataclass(slots=True)
class _Week:
    """The hours of the week with what they were in the last weeks."""

    hours: dict[int, deque[float]] = field(default_factory=dict)

    def learn(self, hour: int, value: float) -> None:
        self.hours.setdefault(hour % WEEK_HOURS, deque(maxlen=WEEKS)).append(value)

    def known(self, hour: int) -> list[float]:
        near = (self.hours.get((hour + step) % WEEK_HOURS, ()) for step in (-1, 0, 1))
        return [value for values in near for value in values]


def episodes(points: Sequence[Point], least: float | None = None) -> Iterator[Episode]:
    """All that was unusual in a row of hours. `least`: how far from the usual it has to be; None: as the series'
    width wants it."""
    week, waiting, calm, current, last = _Week(), list[tuple[int, float, float, float]](), 0, None, None
    width = _width(points) * LEAST_SHARE if least is None else least
    for point in points:
        hour = int(point.at_s // HOUR_S)
        known = week.known(hour) if point.at_s - points[0].at_s >= LEAST_SPAN_S else []
        off, usual = _off(point.mean, known, width, 0.0 if least else LEAST_RATIO)
        week.learn(hour, point.mean)
        sign = (off > 0) - (off < 0)
        waiting = [*waiting, (sign, abs(off), usual, point.at_s)] if sign and _agrees(waiting, sign) else []
        if current is None:
            if len(waiting) >= BEGINS_AFTER and not _is_repeat(last, sign, abs(off), point.at_s):
                current, calm = Episode(waiting[0][3], sign, abs(off), usual, point.mean), 0
            continue
        calm = 0 if sign == current.sign else calm + 1
        if sign == current.sign and abs(off) > current.farthest:
            current.farthest, current.usual, current.value = abs(off), usual, point.mean
        if calm >= ENDS_AFTER or point.at_s - current.began_s >= LASTS_H * HOUR_S:
            current.ended_s = point.at_s
            yield current
            current, last = None, current
    if current:
        yield current


def now_unusual(points: Sequence[Point], least: float | None = None) -> Episode | None:
    """The episode that lasts; None: all is as ever, or too little is known to say anything."""
    newest = next(iter(deque(episodes(points, least), maxlen=1)), None)
    return newest if newest and newest.ended_s is None else None


def _off(value: float, known: Sequence[float], least: float, ratio: float) -> tuple[float, float]:
    """How far the value is from the usual, 0.0 where that is nothing; and the usual."""
    if len(known) < LEAST_KNOWN:
        return 0.0, value
    usual = statistics.median(known)
    spread = SPREAD * statistics.median(abs(each - usual) for each in known)
    off = value - usual
    return (off if abs(off) > max(BEYOND * spread, least, ratio * abs(usual)) else 0.0), usual


def _agrees(waiting: Sequence[tuple[int, float, float, float]], sign: int) -> bool:
    return not waiting or waiting[-1][0] == sign


def _is_repeat(last: Episode | None, sign: int, off: float, at_s: float) -> bool:
    if last is None or last.ended_s is None or last.sign != sign:
        return False
    return at_s - last.ended_s < QUIET_H * HOUR_S and off <= 2 * last.farthest


def _width(points: Sequence[Point]) -> float:
    """Nearly the whole range, without what was rare."""
    values = sorted(point.mean for point in points)
    return values[-1 - len(values) // 50] - values[len(values) // 50] if values else 0.0

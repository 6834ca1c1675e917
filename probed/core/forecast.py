"""When a number that grows will reach its end, with the band in which that moment lies.

A straight line through all points believes anything: noise, a daily wave, a log that is rotated. Here the newest part
that still behaves as before is taken; its slope is the median of all pairs (Theil and Sen), and the band comes from how
much the slopes of its parts differ. Where they do not even agree on the direction, the band has no end, and nothing can
be said. What was cleaned up is taken to be cleaned up again at the same height: the band has no end before that is
passed. What was cleaned up several times is as full as its peaks, and grows as they do.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import inf

LEAST_POINTS = 12
MOST_POINTS = 96
"""Pairs grow with the square: more points are taken together, by their median."""
PARTS = 5
"""Overlapping halves of the stretch, each with a slope of its own."""
BEYOND = 2.0
"""A forecast reaches so many times as far as the stretch that it stands on."""
SPREAD = 1.4826
"""From the median of the distances to a standard deviation."""
CLEANED = 0.02
"""Share of the whole that has to go to be called a cleaning."""
LEAST_TURN = 0.005
"""Share of the whole by which the newest readings have to leave the line before it is given up."""
LEAST_PEAKS = 4
KNOWN_DAY_S = 86400

Reading = tuple[float, float]
"""A moment in seconds, and the number."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Seconds from the last reading on."""

    likely_s: float
    soonest_s: float
    latest_s: float | None
    """None: perhaps never."""
    per_day: float
    """How much it grows, in its own unit."""
    since_s: float
    """When the stretch began that it stands on."""

    def supports(self, within_s: float) -> bool:
        """Whether the whole band lies within."""
        return self.latest_s is not None and self.latest_s <= within_s


@dataclass(frozen=True, slots=True)
class Line:
    slope: float
    """Of each second."""
    level: float
    """At the last reading."""
    noise: float
    """The standard deviation around the line."""


def forecast(readings: Sequence[Reading], full: float) -> Forecast | None:
    """When the number reaches `full`. None: it does not grow, or too little is known to say anything."""
    stretch = _stretch(readings, full)
    if len(stretch) < LEAST_POINTS:
        return None
    line, span_s = _line(stretch), stretch[-1][0] - stretch[0][0]
    left, passed_s = max(full - line.level, 0.0), readings[-1][0] - stretch[-1][0]
    if line.slope <= 0 or left > line.slope * BEYOND * span_s:
        return None
    slopes = [line.slope, *(_line(part).slope for part in _parts(stretch))]
    soonest_s = (left - line.noise) / max(slopes) - passed_s
    latest_s = (left + line.noise) / min(slopes) - passed_s if min(slopes) > 0 else inf
    is_sure = latest_s <= BEYOND * span_s and not _may_be_cleaned(readings, full)
    return Forecast(
        likely_s=max(left / line.slope - passed_s, 0.0),
        soonest_s=max(soonest_s, 0.0),
        latest_s=max(latest_s, 0.0) if is_sure else None,
        per_day=line.slope * 86400,
        since_s=stretch[0][0],
    )


def look_ahead(hours: Sequence[Reading], newest: Sequence[Reading], full: float) -> Forecast | None:
    """By weeks of hours and, where something fills up faster than those can tell, by half a day of finer readings. Of
    the two the one that is sure counts, and of two sure ones the sooner. What is fast is only sure on a host whose day
    is known: it may be the nightly backup."""
    slow, fast = forecast(hours, full), forecast(newest, full)
    if fast and not _is_unlike_before(hours, newest, full):
        fast = replace(fast, latest_s=None)
    sure = [each for each in (slow, fast) if each and each.latest_s is not None]
    return min(sure, key=lambda each: each.likely_s) if sure else slow or fast


def _is_unlike_before(hours: Sequence[Reading], newest: Sequence[Reading], full: float) -> bool:
    if not hours or newest[-1][0] - hours[0][0] < KNOWN_DAY_S:
        return False
    return all(newest[-1][1] > hours[peak][1] for peak, _ in _falls(hours, full))


def _stretch(readings: Sequence[Reading], full: float) -> Sequence[Reading]:
    """What the newest readings are part of."""
    falls = _falls(readings, full)
    if len(falls) < 2:
        return _lasting(_thinned(_without(readings, falls)), full)
    newest, peaks = readings[falls[-1][1] :], [readings[peak] for peak, _ in falls]
    heights = [readings[peak][1] - readings[trough][1] for peak, trough in falls]
    if newest[-1][1] > _expected(peaks, newest[-1][0]) + statistics.median(heights) / 4:
        return _lasting(_thinned(newest), full)
    return _lasting(_between(peaks), full)


def _expected(peaks: Sequence[Reading], at: float) -> float:
    """How high the next peak may be without being unlike the others."""
    highest = max(value for _, value in peaks)
    return max(highest, _at(_line(peaks), peaks, at)) if len(peaks) >= LEAST_PEAKS else highest


def _may_be_cleaned(readings: Sequence[Reading], full: float) -> bool:
    """Whether it was cleaned up once, from a height that is not reached yet."""
    falls = _falls(readings, full)
    return len(falls) == 1 and readings[-1][1] <= readings[falls[0][0]][1] + _noise(readings)


def _falls(readings: Sequence[Reading], full: float) -> list[tuple[int, int]]:
    """Each cleaning: where it began and where it ended."""
    least = max(CLEANED * abs(full), 6 * _noise(readings))
    falls, peak, trough = list[tuple[int, int]](), 0, None
    for place, (_, value) in enumerate(readings):
        if trough is None:
            if value >= readings[peak][1]:
                peak = place
            elif readings[peak][1] - value > least:
                trough = place
        elif value < readings[trough][1]:
            trough = place
        elif value - readings[trough][1] > least / 2 or place - trough > LEAST_POINTS // 4:
            falls.append((peak, trough))
            peak, trough = place, None
    return falls if trough is None else [*falls, (peak, trough)]


def _without(readings: Sequence[Reading], falls: Sequence[tuple[int, int]]) -> Sequence[Reading]:
    """As if nothing had been cleaned up: what came before is lower by as much."""
    if not falls:
        return readings
    ((peak, trough),) = falls
    fall = readings[peak][1] - readings[trough][1]
    return [*((at, value - fall) for at, value in readings[: peak + 1]), *readings[trough:]]


def _between(peaks: Sequence[Reading]) -> Sequence[Reading]:
    """What is cleaned up again and again is as full as its peaks are; nothing is made of a few of them."""
    if len(peaks) < LEAST_PEAKS:
        return ()
    return [
        (began + (ended - began) * share, low + (high - low) * share)
        for (began, low), (ended, high) in pairwise(peaks)
        for share in (0.0, 0.25, 0.5, 0.75)
    ] + [peaks[-1]]


def _lasting(readings: Sequence[Reading], full: float) -> Sequence[Reading]:
    """The longest stretch whose oldest and newest quarters both lie on its line."""
    near = max(3 * _noise(readings), LEAST_TURN * abs(full))
    while len(readings) >= 2 * LEAST_POINTS:
        line, size = _line(readings), len(readings) // 4
        if all(abs(_off(line, readings, quarter)) <= near for quarter in (readings[:size], readings[-size:])):
            break
        readings = readings[size:]
    return readings


def _off(line: Line, readings: Sequence[Reading], some: Sequence[Reading]) -> float:
    """How far some of the readings lie above the line."""
    return statistics.median(value - _at(line, readings, at) for at, value in some)


def _line(readings: Sequence[Reading]) -> Line:
    end = readings[-1][0]
    slope = statistics.median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(readings, 2))
    level = statistics.median(value + slope * (end - at) for at, value in readings)
    off = [abs(value + slope * (end - at) - level) for at, value in readings]
    return Line(slope, level, SPREAD * statistics.median(off))


def _at(line: Line, readings: Sequence[Reading], at: float) -> float:
    return line.level - line.slope * (readings[-1][0] - at)


def _parts(readings: Sequence[Reading]) -> list[Sequence[Reading]]:
    half = len(readings) // 2
    step = (len(readings) - half) / (PARTS - 1)
    return [readings[round(number * step) :][:half] for number in range(PARTS)]


def _noise(readings: Sequence[Reading]) -> float:
    """From one reading to the next, as a standard deviation."""
    steps = [later - earlier for (_, earlier), (_, later) in pairwise(readings)]
    if not steps:
        return 0.0
    middle = statistics.median(steps)
    return SPREAD * statistics.median(abs(step - middle) for step in steps) / 2**0.5


def _thinned(readings: Sequence[Reading]) -> Sequence[Reading]:
    size = -(-len(readings) // MOST_POINTS)
    if size < 2:
        return readings
    groups = [readings[place : place + size] for place in range(len(readings) % size, len(readings), size)]
    return [(group[-1][0], statistics.median(value for _, value in group)) for group in groups]

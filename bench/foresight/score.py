"""Forecasts and anomalies against the truth, and beside them what a straight line and a plain deviation say."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bench.foresight.synthetic import DAY, WEEK, Filling, Habits
from probed.core.forecast import forecast
from probed.core.habit import episodes
from probed.core.trend import Point

HOUR_S = 3600.0
WITHIN = 3 * DAY
KEPT = 3 * WEEK
EVERY = 3
"""Hours between two looks."""
CLEAR = 1.5
Says = Callable[[Sequence[float], bool], bool]
"""Whether the newest of these numbers of hours alarm; the second: whether it alarmed before."""


@dataclass(slots=True)
class Score:
    weeks: float = 0.0
    false: int = 0
    found: int = 0
    missed: int = 0
    hours: list[float] = field(default_factory=list)
    """How long before the end it was told; with anomalies how long after their beginning."""

    @property
    def false_a_week(self) -> float:
        return self.false / self.weeks if self.weeks else 0.0

    @property
    def share(self) -> float:
        """Of what there was, how much was found, in percent."""
        wanted = self.found + self.missed
        return 100.0 * self.found / wanted if wanted else 100.0

    @property
    def median_h(self) -> float:
        return statistics.median(self.hours) if self.hours else 0.0


def cortex(values: Sequence[float], is_active: bool) -> bool:
    found = forecast([(n * HOUR_S, value) for n, value in enumerate(values)], 100.0)
    if found is None:
        return False
    return found.supports(WITHIN * HOUR_S) or (is_active and found.likely_s <= CLEAR * WITHIN * HOUR_S)


def straight_line(values: Sequence[float], is_active: bool) -> bool:
    """As in Prometheus's `predict_linear(free[6h], 24h) < 0`: least squares through a quarter of that."""
    newest = values[-WITHIN // 4 :]
    if len(newest) < 4:
        return False
    slope, start = statistics.linear_regression(range(len(newest)), newest)
    return start + slope * (len(newest) - 1 + WITHIN) >= 100.0


def of_filling(case: Filling, says: Says) -> Score:
    """An alarm is false where nothing is full within twice the time that it speaks of."""
    score, is_active, quiet_since = Score(weeks=len(case.values) / WEEK), False, -DAY
    for now in range(DAY, len(case.values), EVERY):
        alarms = says(case.values[max(0, now - KEPT) : now + 1], is_active)
        if alarms and not is_active and now - quiet_since >= DAY:
            if case.full_at is not None and case.full_at - now <= 2 * WITHIN:
                score.hours += [case.full_at - now] if not score.hours else []
            else:
                score.false += 1
        if is_active and not alarms:
            quiet_since = now
        is_active = alarms
    if case.full_at is not None:
        score.found, score.missed = int(bool(score.hours)), int(not score.hours)
    return score


def own_week(values: Sequence[float]) -> Iterator[int]:
    """The hours at which it is told."""
    points = [Point.of(n * HOUR_S, value) for n, value in enumerate(values)]
    return (int(episode.began_s / HOUR_S) + 1 for episode in episodes(points))


def plain_deviation(values: Sequence[float]) -> Iterator[int]:
    """Three standard deviations from the mean of the last day, told once until a whole day was without."""
    last = -DAY
    for now in range(DAY, len(values)):
        day = values[now - DAY : now]
        if abs(values[now] - statistics.fmean(day)) > 3 * max(statistics.pstdev(day), 1e-9):
            if now - last >= DAY:
                yield now
            last = now


def of_habits(case: Habits, says: Callable[[Sequence[float]], Iterator[int]]) -> Score:
    score, told = Score(weeks=len(case.values) / WEEK), list(says(case.values))
    for begin, end in case.unusual:
        inside = [at for at in told if begin <= at <= end]
        score.found, score.missed = score.found + bool(inside), score.missed + (not inside)
        score.hours += [inside[0] - begin] if inside else []
        score.false += max(len(inside) - 1, 0)  # told again
    score.false += sum(all(not begin <= at <= end for begin, end in case.unusual) for at in told)
    return score


def total(scores: Sequence[Score]) -> Score:
    return Score(
        sum(score.weeks for score in scores),
        sum(score.false for score in scores),
        sum(score.found for score in scores),
        sum(score.missed for score in scores),
        [each for score in scores for each in score.hours],
    )

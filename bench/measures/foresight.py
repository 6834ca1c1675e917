"""How early it is told that something fills up, or is unlike its own week, and how often in vain. `bench.foresight` has
it series by series."""

from __future__ import annotations

from collections.abc import Sequence

from bench.effort import Effort
from bench.foresight import recorded, synthetic
from bench.foresight.score import (
    Score,
    cortex,
    of_filling,
    of_habits,
    own_week,
    plain_deviation,
    straight_line,
    total,
)
from bench.row import Figure, Row, at_least, at_most

WEEKS = 10
MOST_FALSE = 0.1
"""A week and series: one in ten weeks, each of which is made to mislead."""
LEAST_SHARE = 90.0


def measure(effort: Effort) -> Sequence[Row]:
    fillings = [*synthetic.fillings(effort.seeds, WEEKS), *recorded.fillings()]
    habits = synthetic.habits(max(effort.seeds, 1), WEEKS)
    return [
        *_rows(
            "foresight: full within 3 days",
            "told before the end",
            total([of_filling(case, cortex) for case in fillings]),
            "straight line",
            total([of_filling(case, straight_line) for case in fillings]),
        ),
        *_rows(
            "foresight: unlike its own week",
            "told after its beginning",
            total([of_habits(case, own_week) for case in habits]),
            "3 sigma of a day",
            total([of_habits(case, plain_deviation) for case in habits]),
        ),
    ]


def _rows(title: str, when: str, own: Score, name: str, plain: Score) -> Sequence[Row]:
    beside = [Figure(name, plain.false_a_week)]
    return [
        Row(f"{title}, false alarms", own.false_a_week, "a week and series", beside, at_most(MOST_FALSE)),
        Row(f"{title}, found", own.share, "%", [Figure(name, plain.share)], at_least(LEAST_SHARE)),
        Row(f"{title}, {when}", own.median_h, "h", [Figure(name, plain.median_h)]),
    ]

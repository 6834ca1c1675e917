"""What the scores are made of: the recordings are there, and the judges judge."""

from __future__ import annotations

from collections.abc import Sequence

from bench.foresight import recorded
from bench.foresight.score import cortex, of_filling, of_habits, straight_line
from bench.foresight.synthetic import DAY, WEEK, Filling, Habits


def at_the_end(values: Sequence[float], is_active: bool) -> bool:
    return values[-1] > 90


def test_the_recorded_disks_fill_up_and_the_rotated_one_does_not() -> None:
    full = {case.name: case.full_at for case in recorded.fillings()}

    assert set(full) == {f"recorded: {name}" for name in ("busy", "cached", "cleaned", "rotated", "steady")}
    assert full["recorded: steady"]
    assert full["recorded: cleaned"]
    assert full["recorded: rotated"] is full["recorded: cached"] is None


def test_on_the_recorded_disk_the_end_is_told_and_a_full_page_cache_is_not() -> None:
    cases = {case.name: case for case in recorded.fillings()}

    steady, cached = (of_filling(cases[f"recorded: {name}"], cortex) for name in ("steady", "cached"))

    assert (steady.found, steady.false) == (1, 0)
    assert steady.median_h > DAY
    assert cached.false == 0


def test_an_alarm_that_nothing_follows_is_false_and_one_in_time_is_found() -> None:
    bump = [80.0] * WEEK + [95.0] * DAY + [80.0] * 2 * WEEK
    filled = Filling("x", [*bump, *(80 + n / DAY for n in range(20 * DAY))], len(bump) + 20 * DAY - 1)

    score = of_filling(filled, at_the_end)

    assert (score.found, score.false) == (0, 2)  # ten days before the end is too early
    assert of_filling(Filling("x", bump, None), at_the_end).false == 1
    assert not straight_line([80.0] * 3, is_active=False)


def test_to_tell_the_same_twice_is_one_false_alarm() -> None:
    score = of_habits(Habits("x", [0.0] * WEEK, [(10, 20)]), lambda values: iter((12, 15, 40)))

    assert (score.found, score.missed, score.false, score.hours) == (1, 0, 2, [2])

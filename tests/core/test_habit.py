from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from probed.core.habit import Episode, episodes, now_unusual
from probed.core.trend import Point

DAY = 24
WEEK = 7 * DAY
SEEDS = range(5)


def working_week(n: int) -> float:
    """Busy by day, quiet by night and at the weekend."""
    by_day = max(0.0, math.sin((n % DAY - 6) / 12 * math.pi)) if n % DAY in range(6, 18) else 0.0
    return 10 + (50 * by_day if n % WEEK < 5 * DAY else 0)


def hours(count: int, extra: Callable[[int], float] = lambda n: 0.0, seed: int = 0) -> list[Point]:
    chance = random.Random(seed)
    return [Point.of(n * 3600.0, working_week(n) + extra(n) + chance.gauss(0, 2)) for n in range(count)]


def begun(points: list[Point]) -> list[int]:
    return [int(episode.began_s // 3600) for episode in episodes(points)]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_own_day_and_week_are_usual_for_months(seed: int) -> None:
    assert begun(hours(12 * WEEK, seed=seed)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_working_day_on_a_sunday_is_unusual(seed: int) -> None:
    sunday = 5 * WEEK + 6 * DAY

    [at] = begun(hours(7 * WEEK, lambda n: 40.0 if sunday + 8 <= n < sunday + 16 else 0.0, seed))

    assert at == sunday + 8


@pytest.mark.parametrize("seed", SEEDS)
def test_a_lasting_shift_is_told_once_and_its_end_once(seed: int) -> None:
    up, down = 4 * WEEK, 14 * WEEK

    assert begun(hours(20 * WEEK, lambda n: 35.0 if up <= n < down else 0.0, seed)) == [up, down]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_comes_each_day_from_now_on_is_told_once(seed: int) -> None:
    found = begun(hours(12 * WEEK, lambda n: 40.0 if n >= 4 * WEEK and n % DAY in range(3) else 0.0, seed))

    assert found == [4 * WEEK]


def test_something_much_worse_is_told_although_something_was_told_before() -> None:
    def extra(n: int) -> float:
        return {4: 30.0, 5: 90.0}.get(n // WEEK, 0.0) if n % WEEK in range(20, 30) else 0.0

    assert begun(hours(7 * WEEK, extra)) == [4 * WEEK + 20, 5 * WEEK + 20]


def test_a_single_hour_is_no_episode() -> None:
    assert begun(hours(6 * WEEK, lambda n: 50.0 if n == 5 * WEEK else 0.0)) == []


def test_a_quiet_day_is_lower_than_usual() -> None:
    holiday = 4 * WEEK + 2 * DAY
    [episode] = episodes(hours(5 * WEEK, lambda n: 10.0 - working_week(n) if holiday <= n < holiday + DAY else 0.0))

    assert (episode.sign, episode.ended_s is None) == (-1, False)


def test_without_two_weeks_of_past_nothing_is_unusual() -> None:
    assert begun(hours(2 * WEEK - 1, lambda n: 80.0 if n > 12 * DAY else 0.0)) == []


def test_how_far_from_the_usual_it_has_to_be_can_be_said() -> None:
    points = hours(4 * WEEK, lambda n: 40.0 if n >= 4 * WEEK - 5 else 0.0)

    assert isinstance(now_unusual(points, least=30.0), Episode)
    assert now_unusual(points, least=60.0) is None


def test_what_never_changed_is_unusual_where_it_does_only_from_where_it_was_said_to_matter() -> None:
    points = [Point.of(n * 3600.0, 40.0 if n < 4 * WEEK - 3 else 42.0) for n in range(4 * WEEK)]

    assert now_unusual(points) is None
    assert now_unusual(points, least=5.0) is None
    assert now_unusual(points, least=1.0)


def test_no_past_is_nothing() -> None:
    assert now_unusual([]) is None

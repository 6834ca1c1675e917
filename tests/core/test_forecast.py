from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from probed.core.forecast import Forecast, Reading, forecast, look_ahead

HOUR = 3600.0
DAY = 24 * HOUR
SEEDS = range(8)


def hours(count: int, value: Callable[[int], float], noise: float = 0.3, seed: int = 0) -> list[Reading]:
    chance = random.Random(seed)
    return [(n * HOUR, value(n) + chance.gauss(0, noise)) for n in range(count)]


def known(readings: list[Reading]) -> Forecast:
    found = forecast(readings, 100.0)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_steady_growth_has_its_day_in_a_narrow_band(seed: int) -> None:
    found = known(hours(14 * 24, lambda n: 60 + 2 * n / 24, seed=seed))

    assert found.latest_s is not None
    assert found.soonest_s <= 6 * DAY + HOUR <= found.latest_s + 0.2 * DAY
    assert found.latest_s - found.soonest_s < DAY
    assert found.per_day == pytest.approx(2.0, rel=0.05)
    assert found.supports(7 * DAY)
    assert not found.supports(5 * DAY)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("value", "noise"),
    [
        (lambda n: 95.0, 0.0),
        (lambda n: 88.0, 2.0),
        (lambda n: 85 + 8 * math.sin(n / 24 * 2 * math.pi), 0.5),
        (lambda n: 60 + 30 * (n % 24) / 24, 0.3),
        (lambda n: 50 + 40 * (n % 168) / 168, 0.3),
        (lambda n: 97 - n / 100, 0.3),
    ],
    ids=["constant", "noise", "daily wave", "daily rotation", "weekly rotation", "it shrinks"],
)
def test_a_straight_line_through_what_does_not_grow_is_not_believed(
    value: Callable[[int], float], noise: float, seed: int
) -> None:
    for count in range(12 * 24 + 3 * seed, 15 * 24, 17):
        found = forecast(hours(count, value, noise, seed), 100.0)
        assert found is None or not found.supports(7 * DAY)


@pytest.mark.parametrize("seed", SEEDS)
def test_somebody_who_made_room_once_has_not_stopped_the_growth(seed: int) -> None:
    found = known(hours(14 * 24, lambda n: 60 + 3 * n / 24 - (25 if n > 200 else 0), seed=seed))

    assert found.per_day == pytest.approx(3.0, rel=0.05)
    assert found.likely_s == pytest.approx((100 - 60 - 42 + 25) / 3 * DAY, rel=0.05)
    assert found.latest_s is None  # it stood at 85 then, and stands at 77 now: the room may be made again


def test_what_is_above_where_room_was_made_before_is_sure() -> None:
    found = known(hours(14 * 24, lambda n: 60 + 3 * n / 24 - (25 if n > 100 else 0)))

    assert found.supports(11 * DAY)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_rotated_each_day_and_grows_nevertheless_is_judged_by_its_peaks(seed: int) -> None:
    found = known(hours(14 * 24, lambda n: 50 + 1.5 * n / 24 + 10 * (n % 24) / 24, seed=seed))

    assert found.per_day == pytest.approx(1.5, rel=0.1)
    assert found.likely_s == pytest.approx(12.5 * DAY, rel=0.1)


def test_a_rotation_that_fails_to_come_is_seen_before_the_end() -> None:
    found = known(hours(14 * 24 + 40, lambda n: 40 + 30 * ((n % 24) if n < 14 * 24 else n - 14 * 24) / 24))

    assert found.supports(DAY)
    assert found.likely_s == pytest.approx(8 * HOUR, rel=0.2)


@pytest.mark.parametrize("seed", SEEDS)
def test_growth_that_begins_late_is_told_from_the_rest_before(seed: int) -> None:
    found = known(hours(14 * 24, lambda n: 60 + max(0, n - 264) * 0.3, seed=seed))

    assert found.soonest_s <= 66 * HOUR
    assert found.per_day == pytest.approx(7.2, rel=0.15)


@pytest.mark.parametrize("count", [0, 1, 11])
def test_too_little_past_says_nothing(count: int) -> None:
    assert forecast(hours(count, lambda n: 60 + n), 100.0) is None


def test_it_does_not_look_farther_ahead_than_twice_what_it_stands_on() -> None:
    assert forecast(hours(48, lambda n: 10 + n / 24, noise=0), 100.0) is None


def test_what_is_full_is_full_now() -> None:
    assert known(hours(33, lambda n: min(100.0, 70 + n), noise=0)).soonest_s == 0.0


def test_a_burst_that_is_over_is_no_growth() -> None:
    found = forecast(hours(14 * 24, lambda n: 60 + (20 if 200 < n < 206 else 0)), 100.0)

    assert found is None or not found.supports(7 * DAY)


def fine(hours_ago: float, value: Callable[[float], float]) -> list[Reading]:
    """Every five minutes until now, which is two weeks after the first hour; `value` of hours."""
    begin = 14 * 24 - hours_ago
    return [(14 * DAY - hours_ago * HOUR + n * 300.0, value(begin + n / 12)) for n in range(int(hours_ago * 12))]


def runs_away(hour: float) -> float:
    """By eight an hour for the last three."""
    return 60 + max(0.0, hour - (14 * 24 - 3)) * 8


def backed_up(hour: float) -> float:
    """By eight an hour for three hours each night, which are then removed."""
    return 60 + 8 * min((hour - 21) % 24, 3) * ((hour - 21) % 24 < 3.5)


def test_what_fills_up_within_hours_is_told_on_a_host_whose_day_is_known() -> None:
    found = look_ahead(hours(14 * 24, runs_away), fine(12, runs_away), 100.0)

    assert found
    assert found.supports(3 * HOUR)
    assert found.likely_s == pytest.approx(2 * HOUR, rel=0.1)


def test_the_nightly_backup_is_not_told_nor_is_anything_so_fast_on_the_first_day() -> None:
    nightly = look_ahead(hours(14 * 24, backed_up), fine(12, backed_up), 100.0)
    fresh = look_ahead(hours(14 * 24, runs_away)[-12:], fine(12, runs_away), 100.0)

    for found in (nightly, fresh):
        assert found is None or not found.supports(7 * DAY)


def test_without_any_reading_nothing_is_foreseen() -> None:
    assert look_ahead([], [], 100.0) is None

from __future__ import annotations

import random

import pytest

from probed.core.growth import Growth, steady_growth


def series(*values: float) -> list[tuple[float, float]]:
    return [(60.0 * minute, value) for minute, value in enumerate(values)]


def test_what_grows_step_by_step_has_grown_from_its_first_least_to_its_last() -> None:
    assert steady_growth(series(10, 11, 12, 13, 14, 15, 16, 17), 300) == Growth(10, 16)


def test_noise_above_a_leak_does_not_hide_it() -> None:
    noise = random.Random(7)

    growth = steady_growth(series(*(100 + minute + noise.expovariate(0.1) for minute in range(120))), 3600)

    assert growth
    assert 70 < growth.percent < 110


@pytest.mark.parametrize("seed", range(20))
def test_noise_alone_is_seldom_growth_and_never_much(seed: int) -> None:
    noise = random.Random(seed)

    growth = steady_growth(series(*(1000 + noise.gauss(0, 20) for _ in range(360))), 3600)

    assert growth is None or growth.percent < 5


@pytest.mark.parametrize(
    "values",
    [
        [10, 20, 30, 40] * 4,
        [10, 11, 12, 90, 12, 11, 10, 11],
        [10] * 12,
        [90, 80, 70, 60, 50, 40, 30, 20],
        [10, 50, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90],
    ],
    ids=["a heap that is collected", "a peak", "nothing", "less", "a cache that has filled up"],
)
def test_what_gives_back_or_stays_is_no_growth(values: list[float]) -> None:
    assert steady_growth(series(*values), 300) is None


def test_too_little_past_says_nothing() -> None:
    assert steady_growth(series(1, 2, 3, 4), 60) is None
    assert steady_growth(series(1, 2, 3, 4, 5, 6, 7, 8), 600) is None


def test_a_pause_in_the_samples_says_nothing() -> None:
    assert steady_growth([(float(second), second) for second in (*range(8), 100)], 60) is None

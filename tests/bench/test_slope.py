from __future__ import annotations

import random

import pytest

from bench.slope import Verdict, slope


def noisy(growth: float, count: int = 100) -> list[tuple[float, float]]:
    """`growth` for each 1 of x, with noise and with a tenth of the samples far off."""
    chance = random.Random(1)
    return [(x / 10, growth * x / 10 + chance.uniform(-1, 1) + (500.0 if x % 10 == 0 else 0.0)) for x in range(count)]


@pytest.mark.parametrize("growth", [0.0, 5.0])
def test_the_slope_is_found_whatever_a_few_samples_say(growth: float) -> None:
    found = slope(noisy(growth))

    assert found.value == pytest.approx(growth, abs=0.3)
    assert found.least <= found.value <= found.most


def test_what_grows_beyond_the_bound_is_a_leak_and_what_does_not_is_none() -> None:
    assert slope(noisy(5.0)).verdict(bound=2.0, step=1.0) is Verdict.LEAK
    assert slope(noisy(1.0)).verdict(bound=2.0, step=1.0) is Verdict.STEADY


def test_a_step_that_comes_once_is_no_leak_that_anybody_could_be_sure_of() -> None:
    assert slope(noisy(5.0)).verdict(bound=2.0, step=100.0) is Verdict.UNDECIDED


def test_what_is_counted_in_whole_numbers_and_stays_is_steady_however_short_the_run() -> None:
    wobbling = [(number / 1000, 20.0 + number % 3) for number in range(60)]

    assert slope(wobbling).verdict(bound=4.0, step=2.0) is Verdict.STEADY


def test_of_a_short_and_noisy_run_nobody_can_say() -> None:
    assert slope([(0, 0), (1, 9), (2, -4), (3, 6)]).verdict(bound=2.0, step=1.0) is Verdict.UNDECIDED


def test_a_single_place_has_no_slope() -> None:
    with pytest.raises(ValueError, match="two places"):
        slope([(1, 1), (1, 2)])

from __future__ import annotations

import pytest

from probed.checks.restart_rate import Restarts

WITHIN_S = 900.0
DAY_S = 86400.0


def looked(*looks: tuple[float, int]) -> Restarts:
    """After these looks, each a moment and what the counter of `web` was then."""
    restarts = Restarts.remembered({})
    for now, count in looks:
        restarts = Restarts.remembered(restarts.since({"web": count}, now, WITHIN_S).memory())
    return restarts


def test_what_the_counter_shows_at_the_first_look_may_be_of_long_ago() -> None:
    assert looked((0.0, 40)).lately("web") == 0


def test_what_it_grew_by_between_two_looks_counts_for_so_long() -> None:
    assert looked((0.0, 40), (60.0, 43)).lately("web") == 3
    assert looked((0.0, 40), (60.0, 43), (500.0, 44)).lately("web") == 4
    assert looked((0.0, 40), (60.0, 43), (500.0, 44), (1000.0, 44)).lately("web") == 1


@pytest.mark.parametrize("away_s", [WITHIN_S + 1.0, 7 * DAY_S])
def test_what_it_grew_by_while_nobody_looked_is_only_where_counting_goes_on(away_s: float) -> None:
    assert looked((0.0, 40), (away_s, 46)).lately("web") == 0
    assert looked((0.0, 40), (away_s, 46), (away_s + 60.0, 47)).lately("web") == 1


def test_a_counter_that_began_anew_counts_from_nothing() -> None:
    assert looked((0.0, 40), (60.0, 2)).lately("web") == 2

from __future__ import annotations

import pytest

from probed.core.span import between
from probed.core.trend import Point, merged, spliced

HOUR = 3600.0
DAY = 24 * HOUR


def test_points_are_merged_by_how_many_numbers_they_stand_for() -> None:
    points = [Point(0, 1.0, 2.0, 3.0, 3), Point(300, 0.5, 6.0, 7.0, 1), Point(600, 5.0, 5.0, 5.0, 1)]

    assert merged(points, 600) == [Point(0, 0.5, 3.0, 7.0, 4), Point(600, 5.0, 5.0, 5.0, 1)]
    assert merged([], 600) == []


def test_fine_points_follow_the_coarse_ones_that_end_before_them() -> None:
    coarse = [Point.of(hour * HOUR, 1.0) for hour in range(3)]
    fine = [Point.of(2 * HOUR + 300, 2.0)]

    assert spliced(coarse, HOUR, fine) == [*coarse[:2], *fine]
    assert spliced(coarse, HOUR, []) == coarse


@pytest.mark.parametrize(
    ("soonest_s", "latest_s", "text"),
    [
        (3.2 * DAY, 4.9 * DAY, "in 3 to 5 days"),
        (1.0 * DAY, 1.4 * DAY, "in 24 to 34 hours"),
        (20 * 60, 50 * 60, "in 20 to 50 minutes"),
        (0.0, 30.0, "within 1 minute"),
        (0.0, 3 * HOUR, "in 0 to 3 hours"),
        (3.5 * DAY, None, "in 3 days at the soonest"),
    ],
)
def test_how_far_away_is_said_in_the_unit_that_fits(soonest_s: float, latest_s: float | None, text: str) -> None:
    assert between(soonest_s, latest_s) == text

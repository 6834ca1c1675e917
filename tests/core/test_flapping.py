from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from probed.core.flapping import STATES, FlapBounds, Flapping, begin, change_percent, judged, lasting, seen
from tests.factories import NOW

BOUNDS = FlapBounds()


def after(*fires: bool, bounds: FlapBounds = BOUNDS) -> Flapping:
    flapping = begin("f", "disks", fires=fires[0], now=NOW)
    for number, each in enumerate(fires):
        now = NOW + timedelta(minutes=number)
        flapping = judged(seen(flapping, fires=each, now=now), bounds, now)
    return flapping


@pytest.mark.parametrize(
    ("states", "percent"),
    [
        ("01" * 10 + "0", 100.0),
        ("0" * 20 + "1", 6.25),
        ("1" + "0" * 20, 3.75),
        ("0" * 15 + "101010", 35.5),
        ("0" * STATES, 0.0),
        ("1", 0.0),
    ],
)
def test_the_value_is_nagios_value(states: str, percent: float) -> None:
    assert change_percent(states) == pytest.approx(percent, abs=0.06)


def test_it_flaps_at_the_sixth_change_in_a_row() -> None:
    assert after(True, False, True, False, True).since is None
    assert after(True, False, True, False, True, False).since == NOW + timedelta(minutes=5)


def test_between_the_bounds_everything_stays_as_it_is() -> None:
    flapping = after(True, False, True, False, True, False)
    steady = [judged(lasting(flapping, times), BOUNDS, NOW) for times in range(1, STATES + 1)]

    assert 20 < change_percent(steady[0].states) < 36
    assert steady[0].since
    assert [each.since for each in steady] == sorted((each.since for each in steady), key=lambda since: since is None)
    assert steady[-1].since is None
    assert change_percent(next(each for each in steady if each.since is None).states) <= 20
    assert judged(replace(steady[0], since=None), FlapBounds(high_percent=50), NOW).since is None


def test_the_bounds_are_the_operators() -> None:
    assert after(True, False, bounds=FlapBounds(high_percent=10, low_percent=5)).since


def test_what_lasted_counts_as_so_many_states() -> None:
    flapping = lasting(after(True, False), 1000)

    assert flapping.states == "0" * STATES
    assert (flapping.fires, flapping.changes) == (False, 0)

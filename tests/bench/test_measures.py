"""The short form of each measure: that it works. What the figures are is a matter of `bench/run`."""

from __future__ import annotations

from math import isfinite

import pytest

from bench.effort import SHORT
from bench.measures.registry import MEASURES
from bench.peers import SIDE_BY_SIDE


@pytest.mark.no_cover
@pytest.mark.parametrize("name", MEASURES)
def test_each_measure_gives_rows_of_numbers(name: str) -> None:
    rows = MEASURES[name](SHORT)

    assert rows
    for row in rows:
        figures = [figure.value for figure in row.beside if figure.value is not None]
        assert all(isfinite(value) and value >= 0 for value in (row.cortex, *figures)), row


def test_the_peers_stand_side_by_side_in_measures_that_there_are() -> None:
    assert set(SIDE_BY_SIDE) <= set(MEASURES)

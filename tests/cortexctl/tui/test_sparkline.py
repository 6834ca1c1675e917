from __future__ import annotations

import pytest

from cortexctl.tui.history import POINTS, history_of
from cortexctl.tui.sparkline import COARSE, sparkline
from tests.cortexctl.tui import samples


@pytest.mark.parametrize(
    ("values", "end", "columns", "curve"),
    [
        ([0, 12, 25, 50, 75, 99, 100, 200], 100, 8, "▁▁▃▅▇███"),
        ([0, 0, 100, 100], 100, 2, "▁█"),
        ([None, 50, None], 100, 3, " ▅ "),
        ([50], 100, 9, "▅"),
        ([-5], 100, 1, "▁"),
        ([], 100, 5, ""),
        ([50], 0, 5, ""),
        ([50], 100, 0, ""),
    ],
)
def test_a_curve_is_as_high_as_its_values(values: list[float | None], end: float, columns: int, curve: str) -> None:
    assert sparkline(values, end, columns) == curve


def test_a_console_with_few_letters_gets_two() -> None:
    assert sparkline([10, 90], 100, 2, COARSE) == "▄█"


def test_a_span_in_which_nothing_was_measured_stays_empty() -> None:
    trend = samples.trend("check=disk&object=/srv/data")
    del trend.points[10:20]
    history = history_of(trend)
    assert len(history.values) == POINTS
    assert [number for number, value in enumerate(history.values) if value is None] == list(range(10, 20))
    assert history.full_in_s == 9.4 * 86_400

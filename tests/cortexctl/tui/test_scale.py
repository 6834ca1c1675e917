from __future__ import annotations

import pytest

from cortexctl.tui import scale
from probed.wire.status import GaugeShape


def gauge(
    value: float, unit: str = "%", warning: float | None = 80.0, critical: float | None = 90.0, name: str = "disk /"
) -> GaugeShape:
    return GaugeShape(name, value, unit, warning, critical)


@pytest.mark.parametrize(
    ("measured", "state"),
    [
        (gauge(79.9), "ok"),
        (gauge(80.0), "warning"),
        (gauge(95.0), "critical"),
        (gauge(30.0, "d", 21.0, 7.0), "ok"),
        (gauge(20.0, "d", 21.0, 7.0), "warning"),
        (gauge(6.0, "d", 21.0, 7.0), "critical"),
        (gauge(99.0, warning=None, critical=None), "ok"),
        (gauge(99.0, warning=None), "critical"),
        (gauge(99.0, critical=None), "warning"),
    ],
)
def test_the_bounds_judge_the_value(measured: GaugeShape, state: str) -> None:
    assert scale.state(measured) == state


def test_the_worst_comes_first_and_equals_by_name() -> None:
    gauges = [gauge(1.0, name="b"), gauge(85.0, name="c"), gauge(1.0, name="a"), gauge(95.0, name="d")]
    assert [each.name for each in sorted(gauges, key=scale.worst_first)] == ["d", "c", "a", "b"]


@pytest.mark.parametrize("columns", [0, 1, 7, 30])
@pytest.mark.parametrize("value", [-5.0, 0.0, 50.0, 100.0, 400.0, float("nan"), float("inf")])
def test_a_bar_is_as_wide_as_it_has_to_be(value: float, columns: int) -> None:
    assert sum(len(text) for text, _ in scale.bar(gauge(value), columns)) == columns


def test_a_bar_is_filled_in_half_columns_and_its_track_shows_the_bounds() -> None:
    assert scale.bar(gauge(55.0), 10) == [
        ("━━━━━╸", "ok"),
        ("──", "muted"),
        ("─", "warning-track"),
        ("─", "critical-track"),
    ]


def test_without_any_bound_there_is_no_scale() -> None:
    assert scale.bar(gauge(7.0, "processes", None, None), 4) == [("    ", "")]
    assert scale.bounds_text(gauge(7.0, "processes", None, None)) == ""


@pytest.mark.parametrize(
    ("measured", "text", "short"),
    [
        (gauge(25.14), "25.1 %", "25.1 %"),
        (gauge(4.0), "4 %", "4 %"),
        (gauge(1234.5, "MiB"), "1234 MiB", "1234 MiB"),
        (gauge(1.25, "per core"), "1.2 per core", "1.2"),
        (gauge(3.0, ""), "3", "3"),
    ],
)
def test_a_value_is_said_with_its_unit(measured: GaugeShape, text: str, short: str) -> None:
    assert scale.value_text(measured) == text
    assert scale.value_text(measured, is_short=True) == short


def test_bounds_are_said_in_short() -> None:
    assert scale.bounds_text(gauge(1.0)) == "80/90"
    assert scale.bounds_text(gauge(1.0, critical=None)) == "80/-"


@pytest.mark.parametrize(("name", "shown"), [("memory memory", "memory"), ("disk /", "disk /"), ("load", "load")])
def test_an_object_named_like_its_check_is_said_once(name: str, shown: str) -> None:
    assert scale.name_text(gauge(1.0, name=name)) == shown

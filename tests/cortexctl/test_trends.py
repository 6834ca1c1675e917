from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from cortexctl.chart import Canvas, Span, bounds
from cortexctl.exits import Exit
from cortexctl.output import plain
from cortexctl.trend_lines import trend_lines
from probed.wire import paths
from probed.wire.page import PageOf
from probed.wire.trend import ForecastShape, PointShape, SeriesShape, TrendShape
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon

UNTIL = datetime(2026, 11, 20, 6, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=7)
KNOWN = [
    SeriesShape("3", "disk", "/srv", "%"),
    SeriesShape("2", "inodes", "/srv", "%"),
    SeriesShape("1", "load", "load", "per core"),
]
SOON = ForecastShape(1.2 * 86400, 1.5 * 86400, 2.2 * 86400, 6.0, "full in 1 to 3 days")


def trend(value: Callable[[float], float], forecast: ForecastShape | None = None, object_: str = "/srv") -> TrendShape:
    """`value` of the share of the span that has passed."""
    points = [
        PointShape((SINCE + timedelta(days=7 * n / 68)).isoformat(), value(n / 68), value(n / 68), value(n / 68), 10)
        for n in range(68)
    ]
    return TrendShape("disk", object_, SINCE.isoformat(), UNTIL.isoformat(), 7 * 86400 / 68, points, forecast)


@pytest.fixture
def measured(daemon: StubDaemon) -> StubDaemon:
    daemon.answer(f"GET {paths.TRENDS}", PageOf(KNOWN))
    daemon.answer(f"GET {paths.TREND}", trend(lambda x: 40 + 20 * x))
    return daemon


def test_growth_is_drawn_from_the_lower_left_to_the_upper_right_within_80_columns() -> None:
    lines = trend_lines(trend(lambda x: 40 + 20 * x), "%", 80, 9, plain, is_ascii=True)

    begin, middle = (f"{at.astimezone():%a %-d %b}" for at in (SINCE, SINCE + timedelta(days=3.5)))
    assert lines == [
        "disk /srv  least 40%  mean 49.9%  most 59.7%  now 59.7%",
        "65% |",
        "    |                                                               *****",
        "    |                                                   *************",
        "    |                                       *************",
        "50% |                            ************",
        "    |                 ************",
        "    |    *************",
        "    |*****",
        "35% |",
        "    +--------------------------------------------------------------------",
        f"     7 d ago, {begin}          {middle}                          now",
    ]


@pytest.mark.parametrize(
    ("span", "form"),
    [
        (timedelta(hours=24), "24 h ago, {:%H:%M}"),
        (timedelta(days=60), "60 d ago, {:%a %-d %b}"),
        (timedelta(days=3650), "3650 d ago, {:%b %Y}"),
    ],
)
def test_the_axis_says_moments_as_exactly_as_its_span_shows_them(span: timedelta, form: str) -> None:
    since = UNTIL - span
    point = PointShape(since.isoformat(), 1.0, 1.0, 1.0, 1)
    shown = TrendShape("cpu", "cpu", since.isoformat(), UNTIL.isoformat(), 60.0, [point], None)

    lines = trend_lines(shown, "%", 80, 9, plain, is_ascii=True)

    assert lines[0].startswith("cpu  least 1%"), "a check that measures only what it is called after is named once"
    assert lines[-1].strip().startswith(form.format(since.astimezone()) + "  ")


def test_the_mean_stays_in_sight_within_its_band() -> None:
    canvas = Canvas(4, 4, 0.0, 16.0)

    canvas.curve([Span(x / 8, 0, 8, 16) for x in range(8)], gap=1)

    assert canvas.lines(is_ascii=True) == ["::::", "****", "::::", "::::"]
    above, mean = canvas.lines(is_ascii=False)[:2]
    assert above == "\u2895" * 4, "every other dot"
    assert all(ord(letter) & 0xC0 == 0xC0 for letter in mean), "the whole row of dots in which the mean lies"


def test_a_forecast_is_said_and_drawn_beyond_now() -> None:
    lines = trend_lines(trend(lambda x: 85 + 5 * x, SOON), "%", 80, 10, plain, is_ascii=False)

    assert lines[1] == "full in 1 to 3 days, +6% a day"
    assert lines[2].lstrip().startswith("100% ┤")
    assert len(lines[2]) > 60  # the likely line reaches the top at the right
    assert lines[-1].endswith("in 2.33 d")
    assert max(map(len, lines)) <= 80


def test_a_time_in_which_nothing_was_measured_stays_empty() -> None:
    canvas = Canvas(20, 4, 0.0, 10.0)

    canvas.curve([Span(0.1, 5, 5, 5), Span(0.15, 5, 5, 5), Span(0.9, 5, 5, 5)], gap=0.1)

    columns = {column for column, _ in canvas.dots}
    assert columns == {4, 5, 6, 36}


@pytest.mark.parametrize(
    ("values", "around"),
    [([3.0, 97.0], (0.0, 125.0)), ([5.0, 5.0], (4.8, 5.2)), ([0.0], (0.0, 0.25)), ([-5.0, 5.0], (-7.5, 7.5))],
)
def test_the_axis_has_round_ends_around_all_numbers(values: list[float], around: tuple[float, float]) -> None:
    assert bounds(values) == pytest.approx(around)


def test_without_a_name_it_says_what_is_measured(measured: StubDaemon, ctl: Ctl) -> None:
    result = ctl("trends")

    assert result.exit == Exit.OK
    assert [line.split()[:2] for line in result.out.splitlines()[1:]] == [
        ["disk", "/srv"],
        ["inodes", "/srv"],
        ["load", "load"],
    ]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("disk", ["disk /srv"]),
        ("/srv", ["disk /srv", "inodes /srv"]),
        ("inodes /srv", ["inodes /srv"]),
    ],
)
def test_an_object_a_check_or_both_can_be_named(measured: StubDaemon, ctl: Ctl, name: str, asked: list[str]) -> None:
    result = ctl("trends", name, "--since", "7d")

    queries = [request.query for request in measured.requests if request.path == paths.TREND]
    assert result.exit == Exit.OK
    assert queries == [f"check={each.split()[0]}&object=%2Fsrv&span=604800&points=136" for each in asked]
    assert result.out.count("disk /srv  least 40%") == len(asked)


def test_an_unknown_name_says_the_nearest_ones(measured: StubDaemon, ctl: Ctl) -> None:
    result = ctl("trends", "inode")

    assert result.exit == Exit.FAILED
    assert "nothing called 'inode' is measured; did you mean 'inodes'" in result.err
    assert "try: cortexctl trends" in result.err


def test_json_is_what_the_daemon_says(measured: StubDaemon, ctl: Ctl) -> None:
    shown = json.loads(ctl("trends", "disk", "--json").out)

    assert shown["items"] == [asdict(trend(lambda x: 40 + 20 * x))]


def test_json_has_every_chart_and_text_says_how_to_ask_for_those_that_are_not_drawn(
    measured: StubDaemon, ctl: Ctl
) -> None:
    many = [SeriesShape(str(n), "disk", f"/srv/{n:02}", "%") for n in range(20)]
    measured.answer(f"GET {paths.TRENDS}", PageOf(many))

    assert len(json.loads(ctl("trends", "disk", "--json").out)["items"]) == 20
    drawn = ctl("trends", "disk")

    assert drawn.out.count("least 40%") == 8
    assert "12 more: disk /srv/08, " in drawn.err
    assert "disk /srv/15 …; one of them: cortexctl trends 'disk /srv/08'; all of them: --json" in drawn.err


def test_a_list_that_was_not_read_to_its_end_is_said(measured: StubDaemon, ctl: Ctl) -> None:
    measured.answer(f"GET {paths.TRENDS}", PageOf(KNOWN, next="1"))

    result = ctl("trends", "load", "--json")

    assert len(json.loads(result.out)["items"]) == 20
    assert "only the newest 60 that are measured were read; there are more" in result.err


def test_where_nothing_was_measured_lately_it_says_so(measured: StubDaemon, ctl: Ctl) -> None:
    measured.answer(
        f"GET {paths.TREND}", TrendShape("load", "load", SINCE.isoformat(), UNTIL.isoformat(), 60, [], None)
    )

    result = ctl("trends", "load")

    assert (result.exit, result.out) == (Exit.OK, "")
    assert "load: nothing was measured in the last 1d" in result.err


def test_a_name_of_the_host_cannot_steer_the_terminal() -> None:
    lines = trend_lines(trend(lambda x: 1.0, object_="/srv/\x1b[2J"), "%", 80, 10, plain, is_ascii=True)

    assert "\x1b" not in "".join(lines)

from __future__ import annotations

from datetime import timedelta

import pytest

from probed.core.forecast import Forecast
from probed.core.trend import Point
from probed.wire import paths
from tests.api.asgi import app_of, ask
from tests.api.fakes import FakeQueries, World
from tests.factories import NOW

SRV = f"{paths.TREND}?check=disk&object=/srv"


def kept(*ago_and_value: tuple[float, float]) -> FakeQueries:
    points = [Point.of((NOW - timedelta(seconds=ago)).timestamp(), value) for ago, value in ago_and_value]
    return FakeQueries(kept_points={("disk", "/srv"): points})


async def test_a_trend_has_a_point_for_each_span_in_which_something_was_measured() -> None:
    world = World(kept((3000, 10.0), (2990, 20.0), (50, 30.0), (4000, 99.0)))

    trend = (await ask(app_of(world), "GET", f"{SRV}&span=3600&points=60")).json

    assert [(point["least"], point["mean"], point["most"], point["count"]) for point in trend["points"]] == [
        (10.0, 15.0, 20.0, 2),
        (30.0, 30.0, 30.0, 1),
    ]
    assert trend["width_s"] == 60.0
    assert trend["forecast"] is None


async def test_where_it_is_heading_stands_beside_it() -> None:
    world = World(kept((50, 30.0)), forecasts={("disk", "/srv"): Forecast(4 * 86400.0, 3 * 86400.0, 4.5e5, 2.0, 0.0)})

    trend = (await ask(app_of(world), "GET", SRV)).json

    assert trend["forecast"] == {
        "soonest_s": 259200.0,
        "likely_s": 345600.0,
        "latest_s": 450000.0,
        "per_day": 2.0,
        "text": "full in 3 to 6 days",
    }


async def test_what_was_never_measured_has_no_points() -> None:
    trend = (await ask(app_of(World()), "GET", SRV)).json

    assert trend["points"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("check=disk", "object"),
        ("object=/srv", "check"),
        ("check=disk&object=/srv&points=100000", "points"),
        ("check=disk&object=/srv&span=1", "span"),
        ("check=disk&object=/srv&since=7d", "since"),
    ],
)
async def test_a_wrong_question_names_what_is_wrong(query: str, field: str) -> None:
    answer = await ask(app_of(World()), "GET", f"{paths.TREND}?{query}")

    assert answer.status == 400
    assert answer.error["field"] == field

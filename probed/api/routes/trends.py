from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.trend import series_shape, trend_shape
from probed.api.peer import Role
from probed.api.problems import BadQuery
from probed.api.query import PAGE_BY_NUMBER, integer, word
from probed.api.text import OBJECT
from probed.core.trend import merged
from probed.wire import paths
from probed.wire.page import PageOf
from probed.wire.trend import SeriesShape, TrendShape

MOST_POINTS = 1000
LONGEST_S = 10 * 366 * 86400
DAY_S = 86400


async def list_series(call: Call) -> Response:
    page = await call.desk.context.queries.every_series(*call.page, check=call.query.get("check"))
    return answer(PageOf[SeriesShape], PageOf([series_shape(series) for series in page.items], page.next))


async def show_trend(call: Call) -> Response:
    check, object_ = _wanted(call, "check"), _wanted(call, "object")
    span_s, count = call.query.get("span", DAY_S), call.query.get("points", 100)
    context, width_s = call.desk.context, max(span_s / count, 1.0)
    until = context.now()
    since = until - timedelta(seconds=span_s)
    points = merged(await context.queries.points(check, object_, since, until, width_s), width_s)
    forecast = context.forecasts().get((check, object_))
    return answer(TrendShape, trend_shape(check, object_, (since, until), width_s, points, forecast))


def _wanted(call: Call, name: str) -> str:
    if name not in call.query:
        raise BadQuery(name, "is missing")
    return str(call.query[name])


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.TRENDS,
        Role.VIEWER,
        list_series,
        "What is measured and kept, the newest kind first.",
        answer=PageOf[SeriesShape],
        query=(*PAGE_BY_NUMBER, word("check", "Only the numbers of this check.")),
    ),
    Endpoint(
        "GET",
        paths.TREND,
        Role.VIEWER,
        show_trend,
        "A measured number over time: least, mean and most of each span, with a forecast where there is one.",
        answer=TrendShape,
        query=(
            word("check", "The check that measured it."),
            word("object", "The object that it is about.", OBJECT),
            integer("span", 60, LONGEST_S, "How many seconds back.", DAY_S),
            integer("points", 2, MOST_POINTS, "Into how many spans that is cut.", 100),
        ),
    ),
)

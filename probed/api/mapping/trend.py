from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from probed.api.mapping import moment
from probed.core.forecast import Forecast
from probed.core.span import between
from probed.core.trend import Point, Series
from probed.wire.trend import ForecastShape, PointShape, SeriesShape, TrendShape


def series_shape(series: Series) -> SeriesShape:
    return SeriesShape(series.id, series.check, series.object, series.unit)


def trend_shape(
    check: str,
    object_: str,
    span: tuple[datetime, datetime],
    width_s: float,
    points: Sequence[Point],
    forecast: Forecast | None,
) -> TrendShape:
    return TrendShape(
        check=check,
        object=object_,
        since=moment.text(span[0]),
        until=moment.text(span[1]),
        width_s=width_s,
        points=[_point_shape(point) for point in points],
        forecast=_forecast_shape(forecast) if forecast else None,
    )


def _point_shape(point: Point) -> PointShape:
    at = moment.text(datetime.fromtimestamp(point.at_s, UTC))
    return PointShape(at, point.least, point.mean, point.most, point.count)


def _forecast_shape(forecast: Forecast) -> ForecastShape:
    return ForecastShape(
        soonest_s=forecast.soonest_s,
        likely_s=forecast.likely_s,
        latest_s=forecast.latest_s,
        per_day=forecast.per_day,
        text=f"full {between(forecast.soonest_s, forecast.latest_s)}",
    )

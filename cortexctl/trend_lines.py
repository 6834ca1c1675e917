"""One trend as text: what it is, its numbers, its curve, and what it is heading for."""

from __future__ import annotations

from datetime import datetime
from math import inf
from typing import TYPE_CHECKING

from cortexctl import times
from cortexctl.chart import Canvas, Span, bounds, framed, number
from cortexctl.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cortexctl.output import Paint
    from probed.wire.trend import ForecastShape, PointShape, TrendShape

FUTURE = 0.25
"""Share of the curve's width, where there is a forecast."""
FULL = 100.0
LIKELY_EVERY, EDGE_EVERY = 2, 5
"""Dots."""
LABEL = 12
MOMENTS = ((2 * 86400, "%H:%M"), (300 * 86400, "%a %-d %b"), (inf, "%b %Y"))
"""How a moment is said, by the longest span of a chart."""


def name_of(check: str, object_: str) -> str:
    """Some checks measure only what they are called after."""
    return one_line(check if object_ == check else f"{check} {object_}")


def trend_lines(trend: TrendShape, unit: str, columns: int, rows: int, paint: Paint, *, is_ascii: bool) -> list[str]:
    """No line where nothing was measured."""
    points: Sequence[PointShape] = trend.points
    if not points:
        return []
    since, until = times.moment(trend.since).timestamp(), times.moment(trend.until).timestamp()
    past = 1 - FUTURE if trend.forecast else 1.0
    values = [value for point in points for value in (point.least, point.most)]
    low, high = bounds([*values, *([FULL] if trend.forecast else [])])
    if unit == "%" and max(values) <= FULL:
        high = min(high, FULL)
    canvas = Canvas(max(columns - LABEL, 20), rows, low, high)
    scale = past / (until - since)
    spans = [
        Span((times.moment(point.at).timestamp() - since) * scale, point.least, point.mean, point.most)
        for point in points
    ]
    canvas.curve([span for span in spans if span.x >= 0], gap=3 * trend.width_s * scale)
    if trend.forecast:
        _foretell(canvas, trend.forecast, past, points[-1].mean, scale)
    marks = [
        (0.0, f"{_far(until - since)} ago, {_when(since, until - since)}"),
        (past / 2, _when((since + until) / 2, until - since)),
        (past, "now"),
        *([(1.0, f"in {_far(FUTURE / scale)}")] if trend.forecast else []),
    ]
    return [*_head(trend, unit, paint), *framed(canvas, unit, marks, is_ascii=is_ascii)]


def _when(at_s: float, span_s: float) -> str:
    """On the clock of whoever looks, as exactly as so long a span shows it."""
    form = next(form for longest_s, form in MOMENTS if span_s <= longest_s)
    return f"{datetime.fromtimestamp(at_s).astimezone():{form}}"


def _far(span_s: float) -> str:
    """`3.5 d`; what is shorter than two of a unit is said in the smaller one."""
    size, name = next(((size, name) for size, name in times.UNITS if span_s >= 2 * size), times.UNITS[-1])
    count = span_s / size
    return f"{count:.0f} {name}" if count >= 100 else f"{count:.3g} {name}"


def _head(trend: TrendShape, unit: str, paint: Paint) -> list[str]:
    count = sum(point.count for point in trend.points)
    mean = sum(point.mean * point.count for point in trend.points) / count
    least, most = min(point.least for point in trend.points), max(point.most for point in trend.points)
    of_unit = "" if unit in ("", "%") else f" ({one_line(unit)})"
    figures = "  ".join(
        f"{name} {number(value, unit)}"
        for name, value in (("least", least), ("mean", mean), ("most", most), ("now", trend.points[-1].mean))
    )
    lines = [f"{paint(name_of(trend.check, trend.object), 'bold')}{of_unit}  {figures}"]
    if forecast := trend.forecast:
        lines.append(f"{one_line(forecast.text)}, {forecast.per_day:+.3g}{unit if unit == '%' else ''} a day")
    return lines


def _foretell(canvas: Canvas, forecast: ForecastShape, past: float, value: float, scale: float) -> None:
    """The likely line, and the edges of its band as thinner ones."""
    edges = ((forecast.likely_s, LIKELY_EVERY), (forecast.soonest_s, EDGE_EVERY), (forecast.latest_s, EDGE_EVERY))
    for after_s, every in edges:
        if after_s:
            canvas.dotted((past, value), (past + after_s * scale, FULL), every)

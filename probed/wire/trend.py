"""Measured numbers over time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeriesShape:
    id: str
    check: str
    object: str
    unit: str


@dataclass(frozen=True, slots=True)
class PointShape:
    """What was measured from `at` on, for `width_s` seconds."""

    at: str
    least: float
    mean: float
    most: float
    count: int


@dataclass(frozen=True, slots=True)
class ForecastShape:
    """When nothing will be left, in seconds from now."""

    soonest_s: float
    likely_s: float
    latest_s: float | None
    """Null: perhaps never."""
    per_day: float
    """How much it grows, in its own unit."""
    text: str
    """As in `full in 3 to 5 days`."""


@dataclass(frozen=True, slots=True)
class TrendShape:
    check: str
    object: str
    since: str
    until: str
    width_s: float
    """Of a point."""
    points: list[PointShape]
    """In the order of time; a span in which nothing was measured has none."""
    forecast: ForecastShape | None
    """Of what can be full, grows, and was looked at within the last hour."""

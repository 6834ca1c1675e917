"""When a budget begins and begins anew: days and months are those of the host's own calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

from probed.core.budget import Span
from probed.core.wall_clock import moment_of


def day_of(now: datetime) -> datetime:
    """Its beginning."""
    return moment_of(_midnight(now), None)


def month_of(now: datetime) -> datetime:
    """Its beginning."""
    return moment_of(_midnight(now).replace(day=1), None)


def end_of(span: Span, now: datetime) -> datetime:
    """When a budget of this span begins anew; that of a single call, for which it does with each, at the day's end."""
    midnight = _midnight(now)
    if span is Span.MONTH:
        return moment_of((midnight.replace(day=1) + timedelta(days=32)).replace(day=1), None)
    return moment_of(midnight + timedelta(days=1), None)


def _midnight(now: datetime) -> datetime:
    return now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)

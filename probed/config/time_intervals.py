"""When something holds: `alerts.time_intervals`, in Alertmanager's keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator


def _as_text(value: object) -> object:
    """YAML reads `2026` and `1` as numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Span = Annotated[str, BeforeValidator(_as_text)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimesSettings:
    start_time: str
    """The first minute, as in 09:00."""
    end_time: str
    """The minute that no longer belongs to it; 24:00 is the end of the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanSettings:
    times: tuple[TimesSettings, ...] = ()
    """Parts of the day."""
    weekdays: tuple[Span, ...] = ()
    """Days of the week, as in `monday:friday`."""
    days_of_month: tuple[Span, ...] = ()
    """Days as in `1:5`; those below zero are counted from the month's end."""
    months: tuple[Span, ...] = ()
    """Months by name or number, as in `may:august`."""
    years: tuple[Span, ...] = ()
    """Years, as in `2026:2028`."""
    location: str = "UTC"
    """The time zone, as in Europe/Berlin; `Local`: the host's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeIntervalSettings:
    name: str
    """What routes call it."""
    time_intervals: tuple[SpanSettings, ...] = ()
    """It holds where one of these does."""

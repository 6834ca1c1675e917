"""Alertmanager's time intervals: which moments belong to one (timeinterval/timeinterval.go)."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
MINUTES_A_DAY = 24 * 60

Span = tuple[int, int]
"""First and last; of minutes the last one no longer belongs to it."""


@dataclass(frozen=True, slots=True)
class TimeInterval:
    """A moment belongs to it where every field that is not empty has it."""

    minutes: tuple[Span, ...] = ()
    """Of the day."""
    weekdays: tuple[Span, ...] = ()
    """0: Sunday."""
    days_of_month: tuple[Span, ...] = ()
    """Below zero: from the month's end, -1 is its last day."""
    months: tuple[Span, ...] = ()
    years: tuple[Span, ...] = ()
    zone: tzinfo | None = UTC
    """None: the host's own."""

    def contains(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return (
            (not self.minutes or any(first <= minute < last for first, last in self.minutes))
            and _is_in(local.isoweekday() % 7, self.weekdays)
            and _is_in(local.month, self.months)
            and _is_in(local.year, self.years)
            and (not self.days_of_month or any(_has_day(span, local) for span in self.days_of_month))
        )


def _is_in(number: int, spans: Sequence[Span]) -> bool:
    return not spans or any(first <= number <= last for first, last in spans)


def _has_day(span: Span, local: datetime) -> bool:
    length = calendar.monthrange(local.year, local.month)[1]
    first, last = (day if day > 0 else length + day + 1 for day in span)
    return first <= local.day <= last


def minutes_of(start: str, end: str) -> Span:
    """`09:00`, `17:30`; `24:00` is the end of the day. Raises ValueError."""
    first, last = _minute(start), _minute(end)
    if first >= last:
        raise ValueError(f"{start} is not before {end}")
    return first, last


def weekdays_of(text: str) -> Span:
    """`monday:friday` or `sunday`. Raises ValueError."""
    return _ordered(text, [_named(word, WEEKDAYS, "day of the week") for word in _ends(text)])


def months_of(text: str) -> Span:
    """`may:august`, `5:8` or `december`. Raises ValueError."""
    return _ordered(text, [_month(word) for word in _ends(text)])


def years_of(text: str) -> Span:
    """`2026:2028` or `2026`. Raises ValueError."""
    return _ordered(text, [_number(word, 1, 9999) for word in _ends(text)])


def days_of(text: str) -> Span:
    """`1:5`, `-3:-1` or `15`. Raises ValueError."""
    first, last = (_number(word, -31, 31) for word in _ends(text))
    if 0 in (first, last) or (first < 0 < last) or ((first < 0) is (last < 0) and first > last):
        raise ValueError(f"{text!r} is no span of days of a month")
    return first, last


def _ends(text: str) -> tuple[str, str]:
    first, colon, last = text.strip().lower().partition(":")
    return first.strip(), last.strip() if colon else first.strip()


def _ordered(text: str, ends: Sequence[int]) -> Span:
    first, last = ends
    if first > last:
        raise ValueError(f"{text!r} ends before it begins")
    return first, last


def _named(word: str, names: Sequence[str], kind: str) -> int:
    if word not in names:
        raise ValueError(f"{word!r} is no {kind}")
    return names.index(word)


def _month(word: str) -> int:
    return _number(word, 1, 12) if word.isdigit() else _named(word, MONTHS, "month") + 1


def _number(word: str, least: int, most: int) -> int:
    digits = word.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 4 and least <= int(word) <= most):
        raise ValueError(f"{word!r} is no number from {least} to {most}")
    return int(word)


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    if not (len(hours) == len(minutes) == 2 and (hours + minutes).isascii() and (hours + minutes).isdigit()):
        raise ValueError(f"{text!r} is no time of day like 09:00")
    minute = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or minute > MINUTES_A_DAY:
        raise ValueError(f"{text!r} is no time of day like 09:00")
    return minute

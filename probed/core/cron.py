"""Cron expressions of five fields, as crontab(5) reads them: Sunday is 0 or 7, names are known, and a run is due when
the day of the month *or* the day of the week matches if both are restricted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from probed.core.wall_clock import moment_of

ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
LONGEST_DAYS = 9 * 366
LONGEST_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}


@dataclass(frozen=True, slots=True)
class CronTimes:
    """The values that each field allows."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """0 is Sunday."""
    either_day: bool
    """Both days are restricted: one of them is enough."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def values(self, text: str) -> frozenset[int]:
        return frozenset(value for part in text.lower().split(",") for value in self._part(part))

    def _part(self, part: str) -> range:
        span, slash, step_text = part.partition("/")
        step = self._number(step_text, 1, self.high) if slash else 1
        if span == "*":
            return range(self.low, self.high + 1, step)
        first, dash, last = span.partition("-")
        start = self._value(first)
        end = self._value(last) if dash else (self.high if slash else start)
        if end < start:
            raise ValueError(f"{self.name}: {part!r} runs backwards")
        return range(start, end + 1, step)

    def _value(self, text: str) -> int:
        if text in self.names:
            return self.low + self.names.index(text)
        return self._number(text, self.low, self.high)

    def _number(self, text: str, low: int, high: int) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            known = f" or a name like {self.names[0]}" if self.names else ""
            raise ValueError(f"{self.name}: {text!r} is not a number from {low} to {high}{known}")
        return int(text)


FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, MONTHS),
    _Field("day of the week", 0, 7, WEEKDAYS),
)


def parse_cron(expression: str) -> CronTimes:
    """Raises ValueError with the field that is wrong, also for a date that never comes."""
    parts = ALIASES.get(expression.strip().lower(), expression).split()
    if expression.startswith("@") and len(parts) == 1:
        raise ValueError(f"{expression!r} is not one of {', '.join(ALIASES)}")
    if len(parts) != len(FIELDS):
        raise ValueError(
            f"{expression!r} has {len(parts)} fields; a cron expression has five: "
            "minute, hour, day of the month, month, day of the week"
        )
    minutes, hours, days, months, weekdays = (field.values(part) for field, part in zip(FIELDS, parts, strict=True))
    either = not parts[2].startswith("*") and not parts[4].startswith("*")
    if not either and min(days) > max(LONGEST_MONTH.get(month, 31) for month in months):
        raise ValueError(f"{expression!r} never comes: no such month has a day {min(days)}")
    return CronTimes(minutes, hours, days, months, frozenset(day % 7 for day in weekdays), either)


def next_after(times: CronTimes, moment: datetime, zone: tzinfo | None = None) -> datetime:
    """The first time later than the aware `moment`, by the wall clock of the zone; without one it is the host's. A time
    that the day skips counts from midnight as on other days, and one that comes twice is due the first time. What never
    comes within nine years, as a 29th of February may, is as far away."""
    wall = _next_on_the_wall(times, moment.astimezone(zone).replace(tzinfo=None, fold=0))
    due = moment_of(wall, zone)
    return due if due > moment else moment_of(wall, zone, second_time=True)


def _next_on_the_wall(times: CronTimes, moment: datetime) -> datetime:
    at = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    for _ in range(LONGEST_DAYS):
        if _is_day(times, at):
            for hour in sorted(each for each in times.hours if each >= at.hour):
                minutes = [each for each in times.minutes if hour > at.hour or each >= at.minute]
                if minutes:
                    return at.replace(hour=hour, minute=min(minutes))
        at = (at + timedelta(days=1)).replace(hour=0, minute=0)
    return at


def _is_day(times: CronTimes, at: datetime) -> bool:
    if at.month not in times.months:
        return False
    is_day, is_weekday = at.day in times.days, at.isoweekday() % 7 in times.weekdays
    return is_day or is_weekday if times.either_day else is_day and is_weekday

"""A stretch of the day that comes again, by the wall clock of a time zone: 22:00 to 07:00 is that also on the two days
of a year when the clocks change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from probed.core.finding import Severity
from probed.core.wall_clock import moment_of

TOLD_AT_THE_END = "quiet-hours"
"""Subject of the message that tells what was held back in quiet hours."""
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Span:
    begins_at: datetime
    ends_at: datetime

    def holds(self, now: datetime) -> bool:
        return self.begins_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class Hours:
    begin: time
    end: time
    """At or before `begin`: on the next day."""
    zone: tzinfo | None = None
    """None: the host's own."""
    days: frozenset[int] = EVERY_DAY
    """On which it begins; 0 is Monday."""

    def at(self, now: datetime) -> Span | None:
        """The stretch that holds now."""
        return next((span for span in self._around(now) if span.holds(now)), None)

    def _around(self, now: datetime) -> Iterator[Span]:
        today = now.astimezone(self.zone).date()
        for day in (today - timedelta(days=1), today):
            if day.weekday() in self.days:
                last_day = day if self.end > self.begin else day + timedelta(days=1)
                yield Span(self._moment(day, self.begin), self._moment(last_day, self.end))

    def _moment(self, day: date, clock: time) -> datetime:
        return moment_of(datetime.combine(day, clock), self.zone)


@dataclass(frozen=True, slots=True)
class Weekly:
    """A moment that comes once a week."""

    day: int
    """0 is Monday."""
    clock: time
    zone: tzinfo | None = None
    """None: the host's own."""

    def next_after(self, now: datetime) -> datetime:
        today = now.astimezone(self.zone).date()
        days = (today + timedelta(days=ahead) for ahead in range(9))
        moments = (moment_of(datetime.combine(day, self.clock), self.zone) for day in days if day.weekday() == self.day)
        return next(moment for moment in moments if moment > now)


@dataclass(frozen=True, slots=True)
class QuietHours:
    hours: Hours
    passes: frozenset[Severity] = frozenset({Severity.CRITICAL})
    """What is told all the same."""

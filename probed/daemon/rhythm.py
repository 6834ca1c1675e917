"""The arithmetic of a schedule: when it is due, and what has passed. Times are wall clock, aware."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from probed.core.cron import WEEKDAYS, CronTimes, parse_cron
from probed.core.inspection import Schedule

COUNTED_AT_MOST = 1000
"""Missed times of a cron expression are counted one by one, so the count ends here."""


class Rhythm(ABC):
    @abstractmethod
    def trigger(self, at: datetime) -> BaseTrigger:
        """A new trigger that fires at `at` and then goes on in rhythm."""

    @abstractmethod
    def first_due(self, last: datetime | None, now: datetime) -> datetime:
        """The first due time after the last start; it may have passed. None: there was no start yet."""

    @abstractmethod
    def passed(self, due: datetime, now: datetime) -> tuple[datetime, int]:
        """The newest due time up to `now`, and how many there were before it from `due` on."""

    @abstractmethod
    def after_step(self, due: datetime, step: timedelta, now: datetime) -> datetime:
        """What `due` has become now that somebody set the wall clock by `step`."""


@dataclass(frozen=True, slots=True)
class Interval(Rhythm):
    every: timedelta

    def trigger(self, at: datetime) -> BaseTrigger:
        return IntervalTrigger(seconds=self.every.total_seconds(), start_date=at, timezone=UTC)

    def first_due(self, last: datetime | None, now: datetime) -> datetime:
        # a start in the future was recorded by a clock that was wrong
        return min(last, now) + self.every if last else now

    def passed(self, due: datetime, now: datetime) -> tuple[datetime, int]:
        count = (now - due) // self.every
        return due + count * self.every, count

    def after_step(self, due: datetime, step: timedelta, now: datetime) -> datetime:
        return due + step


@dataclass(frozen=True, slots=True)
class Cron(Rhythm):
    """In the host's time zone; APScheduler knows what daylight saving does to it."""

    times: CronTimes
    fires: BaseTrigger = field(compare=False)

    def trigger(self, at: datetime) -> BaseTrigger:
        """`at` is a due time itself, so the trigger need not know it."""
        return _cron_trigger(self.times)

    def first_due(self, last: datetime | None, now: datetime) -> datetime:
        return self._next(min(last, now) if last else now)

    def passed(self, due: datetime, now: datetime) -> tuple[datetime, int]:
        count = 0
        while count < COUNTED_AT_MOST and (following := self._next(due)) <= now:
            due, count = following, count + 1
        return due, count

    def after_step(self, due: datetime, step: timedelta, now: datetime) -> datetime:
        return self._next(now)

    def _next(self, after: datetime) -> datetime:
        """The first time later than `after`."""
        at: datetime = self.fires.get_next_fire_time(None, after.astimezone() + timedelta(microseconds=1))
        return at.astimezone(UTC)


def _cron_trigger(times: CronTimes) -> BaseTrigger:
    days, weekdays = _listed(times.days), ",".join(WEEKDAYS[day] for day in sorted(times.weekdays))
    matches = (
        [{"day": days}, {"day_of_week": weekdays}] if times.either_day else [{"day": days, "day_of_week": weekdays}]
    )
    minutes, hours, months = map(_listed, (times.minutes, times.hours, times.months))
    return OrTrigger([CronTrigger(second=0, minute=minutes, hour=hours, month=months, **match) for match in matches])


def _listed(values: Iterable[int]) -> str:
    return ",".join(map(str, sorted(values)))


def rhythm(schedule: Schedule) -> Rhythm | None:
    """None for an inspection that only runs on request. Raises ValueError for a cron expression that is none."""
    if schedule.cron:
        times = parse_cron(schedule.cron)
        return Cron(times, _cron_trigger(times))
    return Interval(timedelta(seconds=schedule.every_s)) if schedule.every_s else None

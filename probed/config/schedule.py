"""When an inspection runs, as people write it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from probed.config.values import seconds
from probed.core.inspection import Schedule

SHORTEST_S = 1.0
LONGEST_S = 366 * 86400.0
FORMS = "write it like 'every 5m', '*/5 * * * *' or 'on request'"
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_schedule(value: object) -> Schedule:
    """Raises ValueError with the reason and an example."""
    if isinstance(value, dict) and list(value) == ["every"]:
        return _interval(value["every"])
    if not isinstance(value, str):
        raise ValueError(f"not a schedule; {FORMS}")
    text = " ".join(value.split())
    if text == "on request":
        return Schedule()
    if match := re.fullmatch(r"every:? (.+)", text):
        return _interval(match[1])
    if len(text.split(" ")) == 5:
        return Schedule(cron=_cron(text))
    raise ValueError(f"{value!r} is not a schedule; {FORMS}")


def weekdays(text: str) -> str:
    """The fifth field of a cron expression as names of days.

    cron counts from Sunday = 0 (and 7), APScheduler from Monday = 0; names mean the same to both. Raises ValueError.
    """
    if text == "*":
        return text
    days: set[int] = set()
    for part in text.lower().split(","):
        match = re.fullmatch(r"(\*|(\w+)(?:-(\w+))?)(?:/([1-9]))?", part)
        if not match:
            raise ValueError(f"{part!r} is not a day of the week")
        days |= _days(match)
    return ",".join(WEEKDAYS[day] for day in sorted(days))


def _days(match: re.Match[str]) -> set[int]:
    whole, first, last, step = match.groups()
    start, end = (0, 6) if whole == "*" else (_day(first), _day(last or first))
    if last and end < start:
        end += 7
    if step and not last:
        end = 6
    return {day % 7 for day in range(start, end + 1, int(step or 1))}


def _day(word: str) -> int:
    if word in WEEKDAYS:
        return WEEKDAYS.index(word)
    if re.fullmatch("[0-7]", word):
        return int(word)
    raise ValueError(f"{word!r} is not a day of the week")


def _interval(value: object) -> Schedule:
    every_s = seconds(value)
    if not SHORTEST_S <= every_s <= LONGEST_S:
        raise ValueError("the interval has to be between 1s and 366d")
    return Schedule(every_s=every_s)


def _cron(text: str) -> str:
    from apscheduler.triggers.cron import CronTrigger

    *others, weekday = text.split(" ")
    if others[2] != "*" and weekday != "*":
        raise ValueError("give the day of the month or the day of the week, not both: programs differ on what it means")
    cron = " ".join([*others, weekdays(weekday)])
    try:
        trigger = CronTrigger.from_crontab(cron, timezone=UTC)
        following = trigger.get_next_fire_time(None, datetime.now(UTC))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a cron expression: {error}") from error
    if following is None:
        raise ValueError(f"{text!r} never comes")
    return cron

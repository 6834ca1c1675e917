"""Hours that come again, as quiet hours and recurring maintenance name them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

from probed.config.values import Names
from probed.core.hours import EVERY_DAY, Hours, Weekly

LOCAL = "Local"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _clock(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise ValueError(f"expected a time of day like 08:00, not {text!r}")
    return text


def _end(text: str) -> str:
    return "00:00" if text == "24:00" else _clock(text)


def _zone(name: str) -> str:
    zone_of(name)
    return name


Clock = Annotated[str, AfterValidator(_clock)]
EndClock = Annotated[str, AfterValidator(_end)]
Location = Annotated[str, AfterValidator(_zone)]


def zone_of(name: str) -> tzinfo | None:
    """None: the host's own. Raises ValueError."""
    if name == LOCAL:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}; write it like Europe/Berlin, or {LOCAL}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursSettings:
    start_time: Clock
    """When they begin, as in 22:00."""
    end_time: EndClock
    """When they end, `24:00` with the day; at or before `start_time`: on the next day."""
    weekdays: Annotated[tuple[Day, ...], Names] = ()
    """The days on which they begin; none: every day."""
    location: Location = LOCAL
    """The time zone, as in Europe/Berlin; `Local`: the host's."""


def hours_of(settings: HoursSettings) -> Hours:
    days = frozenset(DAYS.index(day) for day in settings.weekdays) or EVERY_DAY
    begin, end = time.fromisoformat(settings.start_time), time.fromisoformat(settings.end_time)
    return Hours(begin, end, zone_of(settings.location), days)


def weekly_of(text: str) -> Weekly:
    """`monday 08:00`, local time. Raises ValueError."""
    day, _, clock = text.strip().lower().partition(" ")
    if day not in DAYS:
        raise ValueError(f"expected a day and a time like monday 08:00, not {text!r}")
    return Weekly(DAYS.index(day), time.fromisoformat(_clock(clock.strip())))

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from probed.core.time_interval import TimeInterval, days_of, minutes_of, months_of, weekdays_of, years_of


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("interval", "moment", "holds"),
    [
        (TimeInterval(), "2026-11-20 12:00", True),
        (TimeInterval(minutes=(minutes_of("09:00", "17:00"),)), "2026-11-20 09:00", True),
        (TimeInterval(minutes=(minutes_of("09:00", "17:00"),)), "2026-11-20 17:00", False),
        (TimeInterval(minutes=(minutes_of("22:00", "24:00"),)), "2026-11-20 23:59", True),
        (TimeInterval(weekdays=(weekdays_of("monday:friday"),)), "2026-11-20 12:00", True),
        (TimeInterval(weekdays=(weekdays_of("Sunday"),)), "2026-11-22 12:00", True),
        (TimeInterval(weekdays=(weekdays_of("monday:friday"),)), "2026-11-22 12:00", False),
        (TimeInterval(days_of_month=(days_of("-3:-1"),)), "2026-02-26 12:00", True),
        (TimeInterval(days_of_month=(days_of("-3:-1"),)), "2026-02-25 12:00", False),
        (TimeInterval(days_of_month=(days_of("1:-1"),)), "2026-02-28 12:00", True),
        (TimeInterval(days_of_month=(days_of("31"),)), "2026-02-28 12:00", False),
        (TimeInterval(months=(months_of("may:august"), months_of("11"))), "2026-11-20 12:00", True),
        (TimeInterval(months=(months_of("may:august"),)), "2026-11-20 12:00", False),
        (TimeInterval(years=(years_of("2027:2028"),)), "2026-11-20 12:00", False),
        (
            TimeInterval(minutes=(minutes_of("09:00", "10:00"),), zone=ZoneInfo("Europe/Berlin")),
            "2026-11-20 08:30",
            True,
        ),
        (TimeInterval(weekdays=(weekdays_of("saturday"),), zone=ZoneInfo("Asia/Tokyo")), "2026-11-20 15:00", True),
    ],
)
def test_a_moment_belongs_to_it_where_every_field_has_it(interval: TimeInterval, moment: str, holds: bool) -> None:
    assert interval.contains(at(moment)) is holds


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (weekdays_of, "friday:monday"),
        (weekdays_of, "freitag"),
        (months_of, "13"),
        (months_of, "august:may"),
        (days_of, "0"),
        (days_of, "-1:5"),
        (days_of, "5:1"),
        (days_of, "32"),
        (years_of, "2028:2026"),
        (years_of, "now"),
    ],
)
def test_what_is_no_span_is_refused(read: object, text: str) -> None:
    with pytest.raises(ValueError, match=text.partition(":")[0]):
        read(text)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("start", "end"), [("17:00", "09:00"), ("9:00", "10:00"), ("09:60", "10:00"), ("09:00", "24:01")]
)
def test_what_is_no_part_of_a_day_is_refused(start: str, end: str) -> None:
    with pytest.raises(ValueError, match=r"\d:\d\d"):
        minutes_of(start, end)

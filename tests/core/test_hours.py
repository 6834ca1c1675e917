from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from probed.core.hours import Hours
from tests.host_zone import host_in

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Hours(time(22), time(7), BERLIN)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "ends_at"),
    [
        ("2026-11-20 20:59", None),
        ("2026-11-20 21:00", "2026-11-21 06:00"),
        ("2026-11-21 05:59", "2026-11-21 06:00"),
        ("2026-11-21 06:00", None),
        ("2026-07-01 20:00", "2026-07-02 05:00"),
    ],
)
def test_a_night_crosses_midnight_in_local_time(now: str, ends_at: str | None) -> None:
    span = NIGHT.at(utc(now))

    assert (span and span.ends_at) == (utc(ends_at) if ends_at else None)


def test_the_night_of_the_short_day_ends_at_seven_all_the_same() -> None:
    span = NIGHT.at(utc("2026-03-28 23:00"))

    assert span
    assert (span.begins_at, span.ends_at) == (utc("2026-03-28 21:00"), utc("2026-03-29 05:00"))


def test_the_night_of_the_long_day_ends_at_seven_all_the_same() -> None:
    span = NIGHT.at(utc("2026-10-25 00:30"))

    assert span
    assert (span.begins_at, span.ends_at) == (utc("2026-10-24 20:00"), utc("2026-10-25 06:00"))


@pytest.mark.parametrize("zone", [BERLIN, None])
def test_a_time_that_the_day_skips_still_ends_the_stretch(zone: ZoneInfo | None) -> None:
    skipped = Hours(time(1), time(2, 30), zone)
    with host_in("Europe/Berlin"):
        span = skipped.at(utc("2026-03-29 00:15"))

    assert span
    assert span.ends_at == utc("2026-03-29 01:30")


def test_days_are_those_on_which_it_begins() -> None:
    friday_night = Hours(time(22), time(7), BERLIN, days=frozenset({4}))

    assert friday_night.at(utc("2026-11-21 03:00"))
    assert friday_night.at(utc("2026-11-20 03:00")) is None

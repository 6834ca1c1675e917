from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from probed.core.cron import next_after, parse_cron
from tests.host_zone import host_in


def test_each_field_is_read() -> None:
    times = parse_cron("*/15 8-10 1,15 jan,7 1-5")

    assert times.minutes == {0, 15, 30, 45}
    assert times.hours == {8, 9, 10}
    assert times.days == {1, 15}
    assert times.months == {1, 7}
    assert times.weekdays == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("sunday", ["0", "7", "sun", "SUN"])
def test_sunday_has_many_names(sunday: str) -> None:
    assert parse_cron(f"0 0 * * {sunday}").weekdays == {0}


def test_a_range_may_end_on_sunday() -> None:
    assert parse_cron("0 0 * * 5-7").weekdays == {5, 6, 0}


def test_a_step_without_a_range_goes_to_the_end() -> None:
    assert parse_cron("50/4 * * * *").minutes == {50, 54, 58}


def test_two_restricted_days_are_alternatives() -> None:
    assert parse_cron("0 0 13 * 5").either_day
    assert not parse_cron("0 0 13 * *").either_day
    assert not parse_cron("0 0 */2 * 5").either_day


def test_aliases_stand_for_five_fields() -> None:
    assert parse_cron("@daily") == parse_cron("0 0 * * *")


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("* * * *", "has 4 fields"),
        ("60 * * * *", "minute: '60' is not a number from 0 to 59"),
        ("* 24 * * *", "hour: '24'"),
        ("* * 0 * *", "day of the month: '0'"),
        ("* * * foo *", "month: 'foo'"),
        ("* * * * 8", "day of the week: '8'"),
        ("* * * * fri-mon", "runs backwards"),
        ("*/0 * * * *", "minute: '0' is not a number from 1"),
        ("1,, * * * *", "minute: ''"),
        ("-1 * * * *", "minute: ''"),
        ("² * * * *", "minute: '²'"),
        ("0 0 30 2 *", "never comes"),
        ("0 0 31 4,6 *", "never comes"),
        ("", "has 0 fields"),
    ],
)
def test_a_wrong_expression_says_what_is_wrong(expression: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_cron(expression)


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("30 2 * * *", "2026-03-02T02:30"),
        ("*/10 * * * *", "2026-03-01T12:20"),
        ("17 * * * *", "2026-03-01T12:17"),
        ("16 12 * * *", "2026-03-02T12:16"),
        ("0 8,18 * * mon-fri", "2026-03-02T08:00"),
        ("0 0 13 * fri", "2026-03-06T00:00"),
        ("0 0 31 * *", "2026-03-31T00:00"),
        ("0 0 29 2 *", "2028-02-29T00:00"),
        ("0 0 1 1 0", "2027-01-01T00:00"),
    ],
)
def test_the_next_time_is_later_than_the_moment(expression: str, due: str) -> None:
    sunday = datetime(2026, 3, 1, 12, 16, 30, tzinfo=UTC)

    assert next_after(parse_cron(expression), sunday, UTC) == datetime.fromisoformat(f"{due}+00:00")


@pytest.fixture(params=["the host's", "passed"])
def berlin(request: pytest.FixtureRequest) -> Iterator[ZoneInfo | None]:
    if request.param == "passed":
        yield ZoneInfo("Europe/Berlin")
    else:
        with host_in("Europe/Berlin"):
            yield None


@pytest.mark.parametrize(
    ("expression", "moment", "due"),
    [
        ("0 5 * * *", "2026-10-24T03:10", "2026-10-25T04:00"),
        ("0 5 * * *", "2026-03-28T04:10", "2026-03-29T03:00"),
        ("30 2 * * *", "2026-10-24T00:40", "2026-10-25T00:30"),
        ("30 2 * * *", "2026-10-25T00:40", "2026-10-26T01:30"),  # not again when the clock shows 02:30 once more
        ("30 2 * * *", "2026-03-28T01:40", "2026-03-29T01:30"),  # there is no 02:30: the clock shows 03:30
        ("*/10 * * * *", "2026-03-29T00:55", "2026-03-29T01:00"),
        ("*/10 * * * *", "2026-10-25T00:05", "2026-10-25T00:10"),
        ("*/10 * * * *", "2026-10-25T01:05", "2026-10-25T01:10"),  # in the hour that comes twice, the second time
    ],
)
def test_the_zone_decides_on_the_days_that_its_clock_is_changed(
    berlin: ZoneInfo | None, expression: str, moment: str, due: str
) -> None:
    after = datetime.fromisoformat(f"{moment}+00:00")

    assert next_after(parse_cron(expression), after, berlin) == datetime.fromisoformat(f"{due}+00:00")

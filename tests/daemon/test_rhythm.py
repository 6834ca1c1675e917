from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from probed.core.inspection import Schedule
from probed.daemon.rhythm import COUNTED_AT_MOST, Rhythm, rhythm

NOW = datetime(2026, 11, 20, 6, 2, tzinfo=UTC)  # a Friday


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def every(seconds: float) -> Rhythm:
    made = rhythm(Schedule(every_s=seconds))
    assert made
    return made


def cron(expression: str) -> Rhythm:
    made = rhythm(Schedule(cron=expression))
    assert made
    return made


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def test_an_inspection_on_request_has_no_rhythm() -> None:
    assert rhythm(Schedule()) is None


def test_an_interval_that_never_ran_is_due_now() -> None:
    assert every(300).first_due(None, NOW) == NOW


def test_an_interval_counts_from_the_last_start() -> None:
    assert every(300).first_due(ago(seconds=100), NOW) == NOW + timedelta(seconds=200)


def test_a_start_in_the_future_does_not_postpone_anything() -> None:
    assert every(300).first_due(NOW + timedelta(days=3), NOW) == NOW + timedelta(seconds=300)


def test_what_passed_of_an_interval_is_counted() -> None:
    planned_at, missed = every(300).passed(ago(minutes=17), NOW)

    assert planned_at == ago(minutes=2)
    assert missed == 3


def test_a_step_of_the_clock_moves_an_interval_but_not_a_cron_expression() -> None:
    hour = timedelta(hours=1)

    assert every(300).after_step(NOW, hour, NOW + hour) == NOW + hour
    assert cron("0 * * * *").after_step(NOW, hour, NOW + hour) == datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_a_cron_expression_is_due_at_its_next_time() -> None:
    assert cron("*/5 * * * *").first_due(None, NOW) == datetime(2026, 11, 20, 6, 5, tzinfo=UTC)


def test_a_time_exactly_due_is_not_due_twice() -> None:
    due = datetime(2026, 11, 20, 6, 5, tzinfo=UTC)

    assert cron("*/5 * * * *").first_due(due, due) == due + timedelta(minutes=5)


def test_weekdays_are_crontabs() -> None:
    assert cron("0 3 * * 1").first_due(None, NOW).strftime("%A") == "Monday"


def test_either_day_is_enough() -> None:
    assert cron("0 0 25 * 0").first_due(None, NOW) == datetime(2026, 11, 22, tzinfo=UTC)  # a Sunday
    assert cron("0 0 21 * 0").first_due(None, NOW) == datetime(2026, 11, 21, tzinfo=UTC)


def test_what_passed_of_a_cron_expression_is_counted() -> None:
    due = datetime(2026, 11, 20, 3, tzinfo=UTC)

    assert cron("0 * * * *").passed(due, NOW) == (datetime(2026, 11, 20, 6, tzinfo=UTC), 3)


def test_counting_ends_somewhere() -> None:
    assert cron("* * * * *").passed(ago(days=30), NOW)[1] == COUNTED_AT_MOST

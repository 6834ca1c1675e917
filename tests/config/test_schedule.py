from __future__ import annotations

from datetime import UTC, datetime

import pytest
from apscheduler.triggers.cron import CronTrigger

from probed.config.schedule import parse_schedule, weekdays
from probed.core.inspection import Schedule

SUNDAY = datetime(2026, 11, 15, tzinfo=UTC)


@pytest.mark.parametrize("written", ["every 5m", "every: 5m", {"every": "5m"}, {"every": 300}, "  every   5m "])
def test_an_interval_may_be_written_in_several_ways(written: object) -> None:
    assert parse_schedule(written) == Schedule(every_s=300.0)


def test_an_inspection_may_run_only_on_request() -> None:
    assert parse_schedule("on request") == Schedule()


def test_a_cron_expression_stays_as_it_is_written() -> None:
    assert parse_schedule("*/5  * * * *") == Schedule(cron="*/5 * * * *")


def test_day_0_is_sunday_as_in_cron_although_apscheduler_counts_from_monday() -> None:
    schedule = parse_schedule("0 3 * * 0")

    trigger = CronTrigger.from_crontab(schedule.cron, timezone=UTC)

    assert trigger.get_next_fire_time(None, SUNDAY) == SUNDAY.replace(hour=3)


@pytest.mark.parametrize(
    ("numbers", "names"),
    [
        ("*", "*"),
        ("0", "sun"),
        ("7", "sun"),
        ("1-5", "mon,tue,wed,thu,fri"),
        ("5-7", "sun,fri,sat"),
        ("sat-mon", "sun,mon,sat"),
        ("MON,3", "mon,wed"),
        ("*/2", "sun,tue,thu,sat"),
        ("1/2", "mon,wed,fri"),
        ("1-5/2", "mon,wed,fri"),
    ],
)
def test_days_of_the_week_become_names(numbers: str, names: str) -> None:
    assert weekdays(numbers) == names


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (5, "not a schedule; write it like 'every 5m'"),
        ("5m", "'5m' is not a schedule"),
        ({"each": "5m"}, "not a schedule"),
        ("every day", "'day' is not a duration"),
        ("every 500ms", "between 1s and 366d"),
        ("every 367d", "between 1s and 366d"),
        ("61 * * * *", "is not a cron expression"),
        ("a b * d *", "is not a cron expression"),
        ("0 3 * * e", "'e' is not a day of the week"),
        ("0 3 * * 8", "'8' is not a day of the week"),
        ("0 3 * * */0", "is not a day of the week"),
        ("0 0 30 2 *", "never comes"),
        ("0 0 1 * mon", "not both"),
    ],
)
def test_what_is_no_schedule_is_explained(written: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("*", r"\*")):
        parse_schedule(written)

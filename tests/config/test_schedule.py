from __future__ import annotations

import pytest

from probed.config.schedule import parse_schedule
from probed.core.inspection import Schedule


@pytest.mark.parametrize("written", ["every 5m", "every: 5m", {"every": "5m"}, {"every": 300}, "  every   5m "])
def test_an_interval_may_be_written_in_several_ways(written: object) -> None:
    assert parse_schedule(written) == Schedule(every_s=300.0)


def test_an_inspection_may_run_only_on_request() -> None:
    assert parse_schedule("on request") == Schedule()


def test_a_cron_expression_stays_as_it_is_written() -> None:
    assert parse_schedule("*/5  * * * *") == Schedule(cron="*/5 * * * *")
    assert parse_schedule("0 3 * * 0") == Schedule(cron="0 3 * * 0")
    assert parse_schedule("@daily") == Schedule(cron="@daily")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (5, "not a schedule; write it like 'every 5m'"),
        ("5m", "'5m' is not a schedule"),
        ({"each": "5m"}, "not a schedule"),
        ("every day", "'day' is not a duration"),
        ("every 500ms", "between 1s and 366d"),
        ("every 367d", "between 1s and 366d"),
        ("61 * * * *", "minute: '61' is not a number"),
        ("0 3 * * 8", "day of the week: '8' is not a number"),
        ("0 0 30 2 *", "never comes"),
        ("@often", "'@often' is not one of @hourly"),
    ],
)
def test_what_is_no_schedule_is_explained(written: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("*", r"\*")):
        parse_schedule(written)

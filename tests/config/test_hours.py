from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from probed.config.hours import HoursSettings, hours_of

HOURS = TypeAdapter(HoursSettings)


@pytest.mark.parametrize(("begin", "inside", "outside"), [("22:00", 23, 21), ("22:00", 22, 0)])
def test_hours_may_end_with_the_day(begin: str, inside: int, outside: int) -> None:
    hours = hours_of(HOURS.validate_python({"start_time": begin, "end_time": "24:00", "location": "UTC"}))

    assert hours.at(datetime(2026, 3, 2, inside, tzinfo=UTC))
    assert hours.at(datetime(2026, 3, 2, outside, tzinfo=UTC)) is None


def test_no_hours_begin_with_the_end_of_a_day() -> None:
    with pytest.raises(ValidationError, match="24:00"):
        HOURS.validate_python({"start_time": "24:00", "end_time": "06:00"})

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from probed.core.budget import Limits, Span
from probed.core.budget_period import day_of, end_of, month_of
from probed.core.budget_raise import BudgetRaise, raised, raises_in


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_days_and_months_are_those_of_the_hosts_calendar_also_where_a_day_has_25_hours() -> None:
    now = utc(2026, 10, 24, 23, 30)  # the 25th in Berlin, whose clocks go back that night

    assert (day_of(now), end_of(Span.DAY, now)) == (utc(2026, 10, 24, 22), utc(2026, 10, 25, 23))
    assert (month_of(now), end_of(Span.MONTH, now)) == (utc(2026, 9, 30, 22), utc(2026, 10, 31, 23))
    assert end_of(Span.CALL, now) == end_of(Span.INSPECTION, now) == end_of(Span.DAY, now)
    assert end_of(Span.MONTH, utc(2026, 12, 31, 22)) == utc(2026, 12, 31, 23)


def test_a_raise_holds_for_its_budget_alone_and_until_its_end() -> None:
    now, until = utc(2026, 12, 1), utc(2026, 12, 2)
    limits = Limits(inspection_usd=1.0, day_usd=5.0)
    day, web = BudgetRaise("day", 10.0, until), BudgetRaise("inspection web", 2.0, until)

    assert raised(limits, [day, web], "web", now) == Limits(inspection_usd=2.0, day_usd=10.0)
    assert raised(limits, [day, web], "disks", now) == Limits(inspection_usd=1.0, day_usd=10.0)
    assert raised(limits, [day, web], "web", until) == limits
    assert raised(limits, [BudgetRaise("day", 4.0, until)], "web", now) == limits  # the configuration says more now
    assert raises_in([day.to_payload(), web.to_payload()]) == [day, web]
    assert raises_in(None) == []

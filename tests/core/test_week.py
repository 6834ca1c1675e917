from __future__ import annotations

from datetime import timedelta

from probed.core.alert import resolve
from probed.core.finding import Severity
from probed.core.week import week_lines
from tests.factories import NOW, make_alert


def test_a_week_without_anything_has_no_lines() -> None:
    assert week_lines([], 0) == ()


def test_a_week_in_a_few_lines() -> None:
    over = [resolve(make_alert(), NOW + timedelta(hours=hours)) or make_alert() for hours in (1, 5)]
    still = make_alert(severity=Severity.CRITICAL, labels={"alertname": "http", "object": "shop"}, summary="shop down")

    assert week_lines([*over, still], 3) == (
        "3 alerts: 1 critical, 2 warning",
        "2 times disk /srv",
        "over after 3 h on average, after 5 h at the longest",
        "3 changes made by Cortex: cortexctl changes",
        "still open since 2026-11-20 06:00 UTC: shop down",
    )

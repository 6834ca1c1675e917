from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from probed.core.hours import Hours
from probed.core.maintenance import Fixes, RecurringWindow, Window, WindowState, covering, freezing
from probed.core.matcher import parse_matchers
from tests.factories import NOW

WINDOW = Window(
    "w", parse_matchers('object="/srv"'), NOW, NOW + timedelta(hours=1), Fixes.FREEZE, "new disk", "uid:1000 ann"
)
SRV = {"object": "/srv", "alertname": "disk"}


def test_its_state_follows_the_clock() -> None:
    assert WINDOW.state(NOW - timedelta(seconds=1)) is WindowState.PENDING
    assert WINDOW.state(NOW) is WindowState.ACTIVE
    assert WINDOW.state(NOW + timedelta(hours=1)) is WindowState.OVER


def test_it_covers_what_matches_and_without_matchers_everything() -> None:
    assert WINDOW.covers(SRV, NOW)
    assert not WINDOW.covers({"object": "/"}, NOW)
    assert not WINDOW.covers(SRV, NOW + timedelta(hours=1))
    assert replace(WINDOW, matchers=()).covers({"object": "/"}, NOW)


def test_one_that_permits_does_not_thaw_what_another_freezes() -> None:
    permits = replace(WINDOW, id="p", fixes=Fixes.PERMIT, ends_at=NOW + timedelta(hours=2))

    assert covering([WINDOW, permits], SRV, NOW) == permits
    assert freezing([WINDOW, permits], SRV, NOW) == WINDOW
    assert freezing([permits], SRV, NOW) is None


def test_one_that_comes_again_is_open_in_its_hours() -> None:
    nightly = RecurringWindow("backup", Hours(time(2), time(4), NOW.tzinfo), fixes=Fixes.PERMIT)
    window = nightly.at(NOW.replace(hour=3))

    assert nightly.at(NOW) is None
    assert window
    assert (window.id, window.ends_at, window.title) == (
        "config:backup",
        NOW.replace(hour=4),
        "maintenance (backup) until 2026-11-20 04:00 UTC",
    )

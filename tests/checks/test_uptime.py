from __future__ import annotations

import pytest

from probed.core.finding import Severity
from probed.host import proc
from tests.checks.looking import judged, observations

DAY = 86400.0


@pytest.mark.parametrize(
    ("up_s", "start", "uptime"),
    [(300.0, Severity.WARNING, None), (3 * DAY, None, None), (400 * DAY, None, Severity.WARNING)],
)
def test_a_host_that_was_just_started_or_runs_for_ever_is_told(
    up_s: float, start: Severity | None, uptime: Severity | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proc, "uptime_s", lambda: up_s)

    found = observations("uptime", {"started_within": "15m", "at_most": "365d"})

    assert judged(found["start"]) is start
    assert judged(found["uptime"]) is uptime


def test_without_bounds_it_is_only_measured() -> None:
    (found,) = observations("uptime").values()

    assert (found.value or 0) > 0
    assert judged(found) is None

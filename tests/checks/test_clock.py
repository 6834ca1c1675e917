from __future__ import annotations

import pytest

from probed.core.finding import Severity
from probed.host import clock
from probed.host.clock import ClockState
from tests.checks.looking import judged, observe


@pytest.mark.parametrize(
    ("now", "severity", "summary"),
    [
        (ClockState("chronyd", True, 0.002), None, "the clock is 0.002 s off"),
        (ClockState("chronyd", True, 0.7), Severity.WARNING, "the clock is 0.700 s off"),
        (ClockState("chronyd", True, 45.0), Severity.CRITICAL, "the clock is 45.000 s off"),
        (ClockState("chronyd", False, None), Severity.WARNING, "chronyd has not found the right time"),
        (ClockState("systemd", True, None), None, "systemd keeps the time"),
    ],
)
def test_a_clock_is_judged_by_whoever_keeps_the_time(
    now: ClockState, severity: Severity | None, summary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "state", lambda: now)

    seen = observe("clock")

    assert (seen.object, seen.summary, judged(seen)) == ("clock", summary, severity)
    assert seen.threshold
    assert seen.threshold.for_s == 600

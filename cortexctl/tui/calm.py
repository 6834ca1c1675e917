"""Ages that do not flicker: below a minute they go in steps of ten seconds."""

from __future__ import annotations

from cortexctl import times
from cortexctl.times import duration, moment

STEP_S = 10
MINUTE_S = 60


def age(text: str) -> str:
    """How long ago: `now`, `20 s`, `3 min`."""
    passed_s = in_steps((times.now() - moment(text)).total_seconds())
    return duration(passed_s) if passed_s > 0 else "now"


def relative(text: str) -> str:
    """`3 min ago`, `in 20 s`, `now`."""
    passed_s = in_steps((times.now() - moment(text)).total_seconds())
    if passed_s == 0:
        return "now"
    return f"{duration(passed_s)} ago" if passed_s > 0 else f"in {duration(-passed_s)}"


def in_steps(seconds: float) -> float:
    return seconds if abs(seconds) >= MINUTE_S else int(seconds / STEP_S) * STEP_S

"""The kinds of timers that wait in the monitor; each is a column that says when something is due."""

from __future__ import annotations

import enum


class Timer(enum.StrEnum):
    GROUP = "group"
    ALERT = "alert"
    DECISION = "decision"
    CASE = "case"
    ACKNOWLEDGEMENT = "acknowledgement"
    ESCALATION = "escalation"
    NAMED = "named"
    """Those of which there is one: the end of the quiet hours, the weekly digest."""
    STORM = "storm"
    FLAPPING = "flapping"
    EFFECT = "effect"

"""The list `alerts.escalation`: who is told next while nobody acknowledges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from probed.config.values import Duration, Names, Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationSettings:
    after: Annotated[float, Duration, Positive]
    """How long nobody has looked after the alert by then."""
    receiver: str
    """Who is told: a receiver of `alerts.receivers`, or a channel."""
    severities: Annotated[tuple[Literal["warning", "critical"], ...], Names] = ("critical",)
    """Of which alerts."""

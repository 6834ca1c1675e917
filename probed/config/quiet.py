"""The sections `alerts.quiet_hours` and `alerts.storm`: when a person is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from probed.config.hours import HoursSettings
from probed.config.values import Duration, Names, Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHoursSettings(HoursSettings):
    passes: Annotated[tuple[Literal["warning", "critical"], ...], Names] = ("critical",)
    """Which alerts are told all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StormSettings:
    enabled: bool = True
    """Whether many messages become one. Questions and digests always go out, and programs are told everything."""
    messages: Annotated[int, Positive] = 20
    """From how many messages to one recipient in a period on further ones are gathered."""
    period: Annotated[float, Duration, Positive] = 300.0
    """The period; what was gathered is told as long after the first of it."""

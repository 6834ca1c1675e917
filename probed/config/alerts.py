"""The `alerts` section: how alerts are grouped and when they are told. The keys of `route` are Alertmanager's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from probed.config.values import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSettings:
    group_by: tuple[str, ...] = ("source", "alertname")
    """Labels whose equal values put alerts into one message."""
    group_wait: Annotated[float, Duration] = 1.0
    """How long the first message of a group waits for companions."""
    group_interval: Annotated[float, Duration] = 15.0
    """At least this long between two messages of a group."""
    repeat_interval: Annotated[float, Duration] = 43200.0
    """How often a group that still fires is told again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsSettings:
    route: RouteSettings = field(default_factory=RouteSettings)
    digest_at: str = "08:00"
    """Local time of the daily digest: what was noted or fixed since the last one; nothing to tell, no message."""

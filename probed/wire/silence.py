"""Silences on the wire, and where an alert would go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class SilenceShape:
    id: str
    state: Literal["pending", "active", "expired"]
    matchers: list[str]
    starts_at: str
    ends_at: str | None
    """None: when its alert resolves."""
    created_by: str
    comment: str
    updated_at: str
    alert_id: str
    """The alert with which it ends; empty: it ends by its time alone."""
    commands: list[str]
    """What to type to end it."""


@dataclass(frozen=True, slots=True)
class SilenceRequest:
    """Body of POST /api/v1/silences: from now on, or from `starts_at`, for so many seconds."""

    matchers: list[str]
    """As in `object="/srv"`; all have to match."""
    for_s: float
    comment: str = ""
    starts_at: str | None = None


@dataclass(frozen=True, slots=True)
class AlertSilence:
    """Body of POST /api/v1/alerts/ID/silence."""

    for_s: float | None = None
    """None: until it resolves."""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class RouteShape:
    key: str
    """The matchers on the way from the root."""
    depth: int
    receiver: str
    recipients: list[str]
    group_by: list[str]
    group_key: str
    """The group that the alert would be in; empty where no alert is asked about."""
    group_wait_s: float
    group_interval_s: float
    repeat_interval_s: float
    continues: bool
    muted: str
    """Why it tells nothing at this time; empty where it does."""


@dataclass(frozen=True, slots=True)
class RoutesShape:
    routes: list[RouteShape]
    silenced_by: list[str] = field(default_factory=list)
    inhibited_by: str = ""

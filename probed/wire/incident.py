"""Incidents on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from probed.wire.alert import AlertShape
from probed.wire.finding import Severity


@dataclass(frozen=True, slots=True)
class IncidentShape:
    id: str
    state: Literal["open", "closed"]
    severity: Severity
    """The worst so far."""
    title: str
    """What its root says, as far as that is known."""
    root_id: str
    """The alert that the others go back to."""
    alerts: int
    firing: int
    opened_at: str
    updated_at: str
    closed_at: str | None


@dataclass(frozen=True, slots=True)
class EntryShape:
    at: str
    kind: Literal["alert", "finding", "run", "action", "decision", "message", "note"]
    text: str
    subject: str
    """Id of what it tells of."""


@dataclass(frozen=True, slots=True)
class IncidentInFull:
    incident: IncidentShape
    alerts: list[AlertShape]
    timeline: list[EntryShape]
    """The oldest first."""


@dataclass(frozen=True, slots=True)
class PostmortemShape:
    markdown: str

"""An incident: alerts that belong together, with one timeline."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from probed.core.finding import Severity

REOPENS_WITHIN = timedelta(minutes=15)
"""What fires again so soon is the same incident."""
TOGETHER = timedelta(minutes=5)
MOST_ENTRIES = 1000
OBJECT, TOLD = "object ", "told "
"""How keys begin by which alerts find their incident: an object, and the group that they are told in."""


class IncidentState(enum.StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Incident:
    id: str
    title: str
    """What its root, or else its first alert, says."""
    severity: Severity
    """The worst so far."""
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    root_id: str = ""
    """The alert that the others go back to, as far as is known."""
    alerts: int = 1
    firing: int = 1

    @property
    def state(self) -> IncidentState:
        return IncidentState.CLOSED if self.closed_at else IncidentState.OPEN


class Kind(enum.StrEnum):
    """What an entry of a timeline tells of."""

    ALERT = "alert"
    FINDING = "finding"
    RUN = "run"
    ACTION = "action"
    DECISION = "decision"
    MESSAGE = "message"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    at: datetime
    kind: Kind
    text: str
    subject: str = ""
    """Id of what it tells of."""


def shortened(timeline: Sequence[Entry]) -> Sequence[Entry]:
    """Of a long one the beginning, the end, and what was done between them; it says how much is left out."""
    if len(timeline) <= MOST_ENTRIES:
        return timeline
    half = MOST_ENTRIES // 2
    middle = timeline[half:-half]
    done = [entry for entry in middle if entry.kind in (Kind.ACTION, Kind.DECISION)]
    hidden = len(middle) - len(done)
    left_out = Entry(
        middle[0].at, Kind.NOTE, f"{hidden} entries until {middle[-1].at:%Y-%m-%d %H:%M} are left out here"
    )
    return [*timeline[:half], *([left_out] if hidden else []), *done, *timeline[-half:]]


def counted(incident: Incident, alerts: int, firing: int, severity: Severity, now: datetime) -> Incident:
    """With so many alerts more, and so many more that fire: it closes with the last of them, and one that fires again
    opens it again."""
    firing = max(0, incident.firing + firing)
    return replace(
        incident,
        alerts=incident.alerts + alerts,
        firing=firing,
        severity=max(incident.severity, severity, key=lambda each: each.rank),
        updated_at=now,
        closed_at=None if firing else incident.closed_at or now,
    )


def merged(incident: Incident, other: Incident, now: datetime) -> Incident:
    """Two that turned out to be one; the older one stays."""
    both = counted(incident, other.alerts, other.firing, other.severity, now)
    return replace(both, opened_at=min(incident.opened_at, other.opened_at), root_id=incident.root_id or other.root_id)


def belongs(incident: Incident, key: str, now: datetime) -> bool:
    """Whether an alert that shares the key is part of it: while it is open, or was a moment ago. That they were told
    together says so only when they began together, too."""
    if incident.closed_at is not None and now - incident.closed_at > REOPENS_WITHIN:
        return False
    return not key.startswith(TOLD) or now - incident.opened_at <= TOGETHER

"""An alert: the L3 notification state of a case."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from probed.core.finding import Severity


class AlertState(enum.StrEnum):
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    id: str
    case_id: str
    labels: Mapping[str, str]
    severity: Severity
    summary: str
    starts_at: datetime
    updated_at: datetime
    group_key: str
    peak: Severity
    """The worst severity so far: getting worse is news, getting better is not."""
    state: AlertState = AlertState.FIRING
    annotations: Mapping[str, str] = field(default_factory=dict)
    ends_at: datetime | None = None
    acknowledged_by: str = ""
    is_settled: bool = False
    """It has resolved, and its group has nothing more to tell about it."""

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.labels)

    @property
    def news_key(self) -> str:
        """What the notification record remembers: the same alert at a worse severity is told again."""
        return f"{self.fingerprint}:{self.peak}"

    def is_told_in(self, news_keys: Collection[str]) -> bool:
        """Whether it was told at this severity or a worse one, maybe before it resolved and fired again."""
        at_least = [severity for severity in Severity if severity.rank >= self.peak.rank]
        return any(replace(self, peak=severity).news_key in news_keys for severity in at_least)


def fingerprint(labels: Mapping[str, str]) -> str:
    """16 hex digits over the sorted labels without the severity: one object has one alert."""
    text = "\0".join(f"{name}\1{labels[name]}" for name in sorted(labels) if name != "severity")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def update(alert: Alert, severity: Severity, summary: str, now: datetime) -> Alert:
    """The alert with what the case says now; a rise in severity ends the acknowledgement."""
    worse = severity.rank > alert.peak.rank
    return replace(
        alert,
        severity=severity,
        peak=severity if worse else alert.peak,
        labels={**alert.labels, "severity": str(severity)},
        summary=summary,
        updated_at=now,
        state=AlertState.FIRING if worse else alert.state,
        acknowledged_by="" if worse else alert.acknowledged_by,
    )


def acknowledge(alert: Alert, by: str, now: datetime) -> Alert | None:
    if alert.state is not AlertState.FIRING:
        return None
    return replace(alert, state=AlertState.ACKNOWLEDGED, acknowledged_by=by, updated_at=now)


def resolve(alert: Alert, now: datetime) -> Alert | None:
    if alert.state is AlertState.RESOLVED:
        return None
    return replace(alert, state=AlertState.RESOLVED, ends_at=now, updated_at=now)

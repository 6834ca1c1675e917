"""An alert: the L3 notification state of a case, or of what another program watches."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from probed.core.case import Case
from probed.core.finding import Severity

FNV_OFFSET, FNV_PRIME, FNV_MASK = 14695981039346656037, 1099511628211, 2**64 - 1


class AlertState(enum.StrEnum):
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    id: str
    case_id: str
    """Empty for one that came in from outside: it has no case, and all its labels are its identity."""
    labels: Mapping[str, str]
    severity: Severity
    summary: str
    starts_at: datetime
    updated_at: datetime
    peak: Severity
    """The worst severity so far: getting worse is news, getting better is not."""
    state: AlertState = AlertState.FIRING
    annotations: Mapping[str, str] = field(default_factory=dict)
    ends_at: datetime | None = None
    """Of one from outside that fires: when it resolves, unless it comes again."""
    acknowledged_by: str = ""
    acknowledged_until: datetime | None = None
    """When that lapses; None: it lasts until the alert resolves or gets worse."""
    is_timeout: bool = False
    """Nobody said when it ends: `ends_at` is what the time-out makes of that."""
    generator_url: str = ""
    """Where the program that sent it shows it."""
    fingerprint: str = ""
    """Who it is, in 16 hex digits; made of the labels where it is not given."""

    def __post_init__(self) -> None:
        if not self.fingerprint:
            object.__setattr__(self, "fingerprint", _fingerprint_of(self))

    @property
    def is_external(self) -> bool:
        return not self.case_id

    @property
    def news_key(self) -> str:
        """What the notification record remembers: the same alert at a worse severity is told again."""
        return f"{self.fingerprint}:{self.peak}"

    def is_told_in(self, news_keys: Collection[str]) -> bool:
        """Whether it was told at this severity or a worse one, maybe before it resolved and fired again."""
        at_least = (severity for severity in Severity if severity.rank >= self.peak.rank)
        return any(f"{self.fingerprint}:{severity}" in news_keys for severity in at_least)


def case_labels(case: Case, host: str) -> dict[str, str]:
    """What routing matches for a case."""
    return {
        **case.labels,
        "alertname": case.check,
        "object": case.object,
        "host": host,
        "source": case.source,
        "severity": str(case.severity),
    }


def alert_of(case: Case, id_: str, host: str, now: datetime) -> Alert:
    """As the case is told when it comes up."""
    return Alert(
        id=id_,
        case_id=case.id,
        labels=case_labels(case, host),
        severity=case.severity,
        peak=case.severity,
        summary=case.summary,
        starts_at=now,
        updated_at=now,
    )


def _fingerprint_of(alert: Alert) -> str:
    return label_fingerprint(alert.labels) if alert.is_external else fingerprint(alert.labels)


def fingerprint(labels: Mapping[str, str]) -> str:
    """16 hex digits over the sorted labels without the severity: one object has one alert."""
    text = "\0".join(f"{name}\1{labels[name]}" for name in sorted(labels) if name != "severity")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def label_fingerprint(labels: Mapping[str, str]) -> str:
    """Of all labels, as Prometheus and Alertmanager make it: FNV-1a in 64 bits."""
    number = FNV_OFFSET
    for name in sorted(labels):
        for byte in b"%b\xff%b\xff" % (name.encode(), labels[name].encode()):
            number = ((number ^ byte) * FNV_PRIME) & FNV_MASK
    return f"{number:016x}"


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
        acknowledged_until=None if worse else alert.acknowledged_until,
    )


def acknowledge(alert: Alert, by: str, now: datetime, until: datetime | None = None) -> Alert | None:
    """None where it is over, or acknowledged already and no other end of that is given."""
    if alert.state is AlertState.RESOLVED or (alert.state is AlertState.ACKNOWLEDGED and until is None):
        return None
    return replace(alert, state=AlertState.ACKNOWLEDGED, acknowledged_by=by, acknowledged_until=until, updated_at=now)


def lapse(alert: Alert, now: datetime) -> Alert | None:
    """Nobody looks after it any more; None where that is not so yet."""
    until = alert.acknowledged_until
    if alert.state is not AlertState.ACKNOWLEDGED or until is None or now < until:
        return None
    return replace(alert, state=AlertState.FIRING, acknowledged_by="", acknowledged_until=None, updated_at=now)


def resolve(alert: Alert, now: datetime) -> Alert | None:
    if alert.state is AlertState.RESOLVED:
        return None
    return replace(alert, state=AlertState.RESOLVED, ends_at=now, updated_at=now)

"""Alerts that other programs send, as Alertmanager takes them in (api/v2, types.Alert.Merge, provider/mem)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from probed.core.alert import Alert, AlertState
from probed.core.finding import Severity

LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*+")
MOST_LABELS = 256
LONGEST_NAME, LONGEST_VALUE = 256, 8192
LONGEST_ALERT = 65_536
"""Characters."""
SEVERITIES = {
    "critical": Severity.CRITICAL,
    "page": Severity.CRITICAL,
    "emergency": Severity.CRITICAL,
    "error": Severity.CRITICAL,
    "info": Severity.INFO,
    "none": Severity.INFO,
}
"""What the label `severity` means to us; anything else is a warning."""


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """What somebody sent."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    generator_url: str = ""


def problem_of(draft: AlertDraft, now: datetime, resolve_timeout_s: float) -> str:
    """Why it can be no alert; empty where it can."""
    if not any(draft.labels.values()):
        return "an alert needs a label at least"
    if draft.starts_at and _end_of(draft, now, resolve_timeout_s) < draft.starts_at:
        return "its end lies before its start"
    for kind, pairs in (("label", draft.labels), ("annotation", draft.annotations)):
        if len(pairs) > MOST_LABELS:
            return f"it has more than {MOST_LABELS} {kind}s"
        for name, value in pairs.items():
            if len(name) > LONGEST_NAME or not LABEL_NAME.fullmatch(name):
                return f"{name[:LONGEST_NAME]!r} is no name of a {kind}"
            if len(value) > LONGEST_VALUE:
                return f"the {kind} {name} is longer than {LONGEST_VALUE} characters"
    texts = (*draft.labels.items(), *draft.annotations.items(), (draft.generator_url,))
    if sum(len(text) for pair in texts for text in pair) > LONGEST_ALERT:
        return f"it has more than {LONGEST_ALERT} characters in all"
    return ""


def alert_of(draft: AlertDraft, alert_id: str, now: datetime, resolve_timeout_s: float) -> Alert:
    """Complete: without a start it began now (or when it ended), without an end it will have resolved by itself."""
    labels = {name: value for name, value in draft.labels.items() if value}
    ends_at = _end_of(draft, now, resolve_timeout_s)
    severity = SEVERITIES.get(labels.get("severity", "").lower(), Severity.WARNING)
    return Alert(
        id=alert_id,
        case_id="",
        labels=labels,
        severity=severity,
        peak=severity,
        summary=_summary(labels, draft.annotations),
        annotations=dict(draft.annotations),
        starts_at=draft.starts_at or draft.ends_at or now,
        updated_at=now,
        ends_at=ends_at,
        is_timeout=draft.ends_at is None,
        state=_state(ends_at, now),
        generator_url=draft.generator_url,
    )


def _end_of(draft: AlertDraft, now: datetime, resolve_timeout_s: float) -> datetime:
    return draft.ends_at or now + timedelta(seconds=resolve_timeout_s)


def following(known: Alert, fresh: Alert, now: datetime) -> Alert:
    """What becomes of an alert that comes again: one with the id of `known` while it is still the same activity, else
    `fresh`."""
    if known.state is AlertState.RESOLVED and not _overlap(known, fresh):
        return fresh
    merged = _merged(known, fresh, now) if _overlap(known, fresh) else fresh
    goes_on = merged.state is AlertState.FIRING and known.state is AlertState.ACKNOWLEDGED
    return replace(
        merged,
        id=known.id,
        state=AlertState.ACKNOWLEDGED if goes_on else merged.state,
        acknowledged_by=known.acknowledged_by if goes_on else "",
        acknowledged_until=known.acknowledged_until if goes_on else None,
    )


def _overlap(known: Alert, fresh: Alert) -> bool:
    if known.ends_at is None or fresh.ends_at is None:
        return False
    return known.starts_at < fresh.ends_at < known.ends_at or known.starts_at < fresh.starts_at < known.ends_at


def _merged(known: Alert, fresh: Alert, now: datetime) -> Alert:
    """The newer one's word counts, but for the times: the earlier start; the later end of two that are over; the later
    end that somebody has said."""
    assert known.ends_at
    assert fresh.ends_at
    ends_at, is_timeout = fresh.ends_at, fresh.is_timeout
    is_over = known.state is AlertState.RESOLVED
    later = known.ends_at > fresh.ends_at
    if later and (is_over if fresh.state is AlertState.RESOLVED else not known.is_timeout):
        ends_at, is_timeout = known.ends_at, fresh.is_timeout
    starts_at = min(known.starts_at, fresh.starts_at)
    return replace(fresh, starts_at=starts_at, ends_at=ends_at, is_timeout=is_timeout, state=_state(ends_at, now))


def _state(ends_at: datetime, now: datetime) -> AlertState:
    return AlertState.RESOLVED if ends_at <= now else AlertState.FIRING


def _summary(labels: Mapping[str, str], annotations: Mapping[str, str]) -> str:
    """One line for people."""
    written = annotations.get("summary") or annotations.get("description") or annotations.get("message") or ""
    named = " ".join(labels[name] for name in ("alertname", "instance") if name in labels)
    return " ".join(written.split())[:500] or named or next(f"{name}={value}" for name, value in labels.items())

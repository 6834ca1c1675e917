"""Alerts and cases on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from probed.wire.finding import Severity

AlertState = Literal["firing", "acknowledged", "resolved"]


@dataclass(frozen=True, slots=True)
class AlertShape:
    id: str
    case_id: str
    fingerprint: str
    state: AlertState
    severity: Severity
    summary: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: str
    updated_at: str
    ends_at: str | None
    acknowledged_by: str
    acknowledged_until: str | None
    """When that lapses; null: it does not."""
    not_told: str
    """What keeps an open alert from being told for now (a silence, maintenance, what it depends on); empty: nothing."""
    commands: list[str]
    """What to type to acknowledge, resolve or re-tune exactly this."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Body of POST …/alerts/ID/ack; with `for_s` it lapses after so many seconds."""

    for_s: float | None = None


@dataclass(frozen=True, slots=True)
class CaseShape:
    id: str
    source: str
    check: str
    object: str
    severity: Severity
    stage: Literal["noted", "fixing", "asking", "executing", "told", "resolved"]
    level: str
    summary: str
    outlook: str
    labels: dict[str, str]
    evidence: dict[str, Any]
    runbook: str
    opened_at: str
    changed_at: str
    last_seen_at: str
    resolved_at: str | None

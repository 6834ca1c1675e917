"""Runs on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RunState = Literal["pending", "running", "ok", "failed", "timeout", "cancelled", "unknown", "budget"]


@dataclass(frozen=True, slots=True)
class RunShape:
    id: str
    inspection: str
    trigger: Literal["schedule", "startup", "operator", "external"]
    state: RunState
    created_at: str
    started_at: str | None
    ended_at: str | None
    reason: str
    document_hash: str
    report_id: str | None
    verdict: str | None
    """The verdict of its report; null while there is none."""
    cost_usd: float
    by: str
    """Who asked for it or handed its report in; empty where nobody did."""

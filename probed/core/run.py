"""A run: one execution of an inspection."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class RunState(enum.StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    BUDGET = "budget"

    @property
    def is_over(self) -> bool:
        return self not in (RunState.PENDING, RunState.RUNNING)


class Trigger(enum.StrEnum):
    """Why a run began."""

    SCHEDULE = "schedule"
    STARTUP = "startup"
    OPERATOR = "operator"
    EXTERNAL = "external"
    EVENT = "event"
    """The host told of something: only the checks that it concerns have looked."""


@dataclass(frozen=True, slots=True)
class Run:
    id: str
    inspection: str
    trigger: Trigger
    state: RunState
    created_at: datetime
    document_hash: str = ""
    """SHA-256 of the document as it was when the run began; empty for a submitted report."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str = ""
    """Why the run did not end `ok`; with `missed=N` where it stands for runs that could not take place."""
    report_id: str | None = None
    cost_usd: float = 0.0
    by: str = ""
    """Who asked for it or handed its report in, as in `uid:1000 alice`; empty where nobody did."""
    gate: str = ""
    """Why a model was asked, or was not: a cause of `evidence_gate`; empty where the checks left no question."""
    gate_reason: str = ""
    """The same in words."""

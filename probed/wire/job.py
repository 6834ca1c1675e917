"""Jobs that say themselves when they begin and end, on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class PingRequest:
    """Body of POST /api/v1/heartbeats/{id}; none: the job has ended well."""

    said: Literal["start", "success", "fail"] = "success"
    exit_code: int | None = None
    """Of its program; other than 0 it is a failure."""


@dataclass(frozen=True, slots=True)
class JobShape:
    name: str
    state: Literal["running", "ok", "failed"]
    """Of a running one the outcome is that of the run before."""
    started_at: str | None
    ended_at: str | None
    succeeded_at: str | None
    exit_code: int | None
    duration_s: float | None
    said_by: str

"""A finding on the wire; times are RFC 3339 in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["info", "warning", "critical"]


@dataclass(frozen=True, slots=True)
class ActionCallShape:
    action: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FindingShape:
    check: str
    object: str
    severity: Severity
    summary: str
    evidence: dict[str, Any] = field(default_factory=dict)
    proposed_action: ActionCallShape | None = None
    ttl_s: float | None = None


@dataclass(frozen=True, slots=True)
class FoundInShape:
    """A finding with the report that holds it."""

    id: int
    report_id: str
    source: str
    at: str
    finding: FindingShape

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
class GroundingShape:
    """What a comparison of a model's numbers with the recorded evidence came to."""

    claims: int
    supported: int
    unsupported: list[str]
    """The numbers that stand nowhere, as they were written."""
    cites: list[str]
    """Ids of the run's evidence: `e3` of a probe's answer, `o1` of an observation, `f1` of a problem of the task."""
    unknown: list[str]
    """Ids that were cited and are none."""


@dataclass(frozen=True, slots=True)
class FindingShape:
    check: str
    object: str
    severity: Severity
    summary: str
    evidence: dict[str, Any] = field(default_factory=dict)
    proposed_action: ActionCallShape | None = None
    ttl_s: float | None = None
    grounding: GroundingShape | None = None
    """null: no model said it."""


@dataclass(frozen=True, slots=True)
class FoundInShape:
    """A finding with the report that holds it."""

    id: int
    report_id: str
    source: str
    at: str
    finding: FindingShape

"""Decisions on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from probed.wire.finding import ActionCallShape, Severity

DecisionState = Literal[
    "proposed",
    "analysed",
    "waiting",
    "approved",
    "rejected",
    "expired",
    "withdrawn",
    "executing",
    "verified",
    "failed",
    "rolled_back",
]


@dataclass(frozen=True, slots=True)
class AdviceShape:
    recommendation: Literal["approve", "reject", "more"]
    risk: Literal["low", "medium", "high"]
    reversible: bool
    reasons: list[str]
    alternatives: list[str]


@dataclass(frozen=True, slots=True)
class AnalysisShape:
    """What was known when it was asked; empty before that."""

    risk: Literal["low", "medium", "high", ""]
    blast_radius: str
    inverse: str
    succeeded: int
    failed: int
    takes_s: float
    """At the most."""
    precedents: list[str]
    """Similar questions of the past with what became of them, the most similar first."""
    advice: AdviceShape | None
    no_advice: str
    """Why there is none, though one was asked for."""
    cost_usd: float


@dataclass(frozen=True, slots=True)
class DecisionShape:
    id: str
    case_id: str
    state: DecisionState
    severity: Severity
    summary: str
    action: ActionCallShape
    host: str
    reason: str
    dry_run: str
    snapshot: dict[str, Any]
    hash: str
    created_at: str
    expires_at: str
    decided_by: str
    decided_at: str | None
    note: str
    object: str
    approval: Literal["one", "typed", "two", "two_typed"]
    approvals: list[str]
    object_kind: str
    revert_after_s: float | None
    analysis: AnalysisShape
    commands: list[str]


@dataclass(frozen=True, slots=True)
class Approval:
    """Body of POST …/decisions/ID/approve; with `hash` only the action that the person saw is approved. `confirmation`
    is the name of the decision's object, where its approval is `typed` or `two_typed`."""

    hash: str | None = None
    confirmation: str = ""
    revert_after_s: float | None = None
    """Rolled back so long after it began, unless somebody confirms the change; at most a day."""


@dataclass(frozen=True, slots=True)
class Rejection:
    note: str = ""

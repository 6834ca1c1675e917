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
    approval: Literal["none", "one", "typed", "two"]
    approvals: list[str]
    commands: list[str]


@dataclass(frozen=True, slots=True)
class Approval:
    """Body of POST …/decisions/ID/approve; with `hash` only the action that the person saw is approved. `confirmation`
    is the name of the decision's object, where its approval is `typed`."""

    hash: str | None = None
    confirmation: str = ""
    revert_after_s: float | None = None
    """Rolled back so long after it began, unless somebody confirms the change; at most a day."""


@dataclass(frozen=True, slots=True)
class Rejection:
    note: str = ""

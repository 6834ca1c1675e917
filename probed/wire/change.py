"""Changes and intents on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from probed.wire.finding import ActionCallShape


@dataclass(frozen=True, slots=True)
class ChangeShape:
    id: str
    case_id: str
    decision_id: str | None
    action: ActionCallShape
    level: str
    by: str
    dry_run: str
    outcome: Literal["verified", "not_verified", "failed", "refused", "forbidden", "changed", "rolled_back"]
    detail: str
    before: dict[str, Any]
    after: dict[str, Any]
    started_at: str
    ended_at: str
    object: str
    object_kind: str
    change_class: Literal["P0", "P1", "P2", "P3"]
    impact: str
    steps: list[str]
    snapshot: dict[str, Any]
    reversible: bool
    revert_at: str | None
    """When it is rolled back, unless somebody confirms it."""
    confirmed_by: str
    rolled_back_at: str | None
    roll_back: str
    commands: list[str]


@dataclass(frozen=True, slots=True)
class IntentShape:
    number: int
    at: str
    kind: str
    actor: str
    subject: str
    text: str
    detail: dict[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class ChainShape:
    """Whether the intents' hash chain is whole; `broken_at` is the number of the first intent that breaks it."""

    intact: bool
    broken_at: int | None

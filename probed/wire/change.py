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
    outcome: Literal["verified", "not_verified", "failed", "refused", "changed", "rolled_back"]
    detail: str
    before: dict[str, Any]
    after: dict[str, Any]
    started_at: str
    ended_at: str


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

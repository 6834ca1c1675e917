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
class NewIntent:
    """Body of POST /api/v1/intents: a line of whoever asks. What looks like a credential in it is masked."""

    kind: Literal["decision", "blocker", "milestone", "note"]
    text: str
    subject: str = ""
    """The id of what it is about, as of an alert or an incident."""


@dataclass(frozen=True, slots=True)
class CheckpointShape:
    """Stands for the beginning of the record of intents, which was cut. What is signed, with Ed25519 by `key`: the JSON
    list of "cortex checkpoint 1", number, hash, the three times as stored, counts, previous and key, without white
    space and with sorted keys."""

    number: int
    """Of the last intent that was cut."""
    hash: str
    """Of that intent."""
    at: str
    first_at: str
    last_at: str
    """When the first and the last intent that went were written."""
    counts: dict[str, int]
    """How many went, by kind."""
    previous: str
    seal: str
    """SHA-256 of what is signed and the signature; the next checkpoint names it as `previous`."""
    key: str
    fingerprint: str
    signature: str


@dataclass(frozen=True, slots=True)
class ChainShape:
    """Whether the intents' hash chain is whole; `broken_at` is the number of the first intent, or checkpoint, that
    breaks it."""

    intact: bool
    broken_at: int | None
    fault: str
    """What is wrong there; empty where nothing is."""
    checkpoint: CheckpointShape | None
    """Where it begins; null: with the very first intent."""
    vouched_for: bool
    """False where this host has no keys: then only a person can compare the checkpoint's fingerprint."""

"""Runs on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

RunState = Literal["pending", "running", "ok", "failed", "timeout", "cancelled", "unknown", "budget"]

UNDER_WAY = ("pending", "running")
NOT_ASKED = ("unchanged", "flapping", "restless", "fix", "paused")
"""Values of `gate` that spared a call of a model."""


@dataclass(frozen=True, slots=True)
class TranscriptShape:
    """What was said to a model and by it, without what looks like a credential."""

    subject: str
    """The id of the run, the decision or the question."""
    kind: Literal["investigation", "advice", "question"]
    at: str
    stored_bytes: int
    sha256: str
    """Of the compressed file beside the database."""
    text: str
    """JSON lines: what was asked, what the model and the probes said, and how it ended."""


@dataclass(frozen=True, slots=True)
class EvidenceShape:
    """A question that a model asked through a probe, and the answer as it got it."""

    id: str
    """By which a report cites it."""
    probe: str
    arguments: dict[str, Any]
    answer: str
    """A JSON object."""
    sha256: str
    """Of the answer."""
    failed: bool
    """There was no answer; the reason stands in its place."""


@dataclass(frozen=True, slots=True)
class EvidenceOfRunShape:
    """What a run's conclusions rest on."""

    run: str
    at: str
    stored_bytes: int
    sha256: str
    """Of the compressed file beside the database."""
    questions: list[EvidenceShape]


@dataclass(frozen=True, slots=True)
class RunShape:
    id: str
    inspection: str
    trigger: Literal["schedule", "startup", "operator", "external", "event"]
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
    gate: str
    """Why a model was asked (`always`, `first`, `new`, `together`, `worse`, `changed`, `document`, `old`, `unanswered`)
    or was not (`unchanged`, `flapping`, `restless`, `fix`, `paused`); empty where the checks left no question."""
    gate_reason: str
    """The same in words."""

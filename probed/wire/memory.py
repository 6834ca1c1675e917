"""Memories on the wire: solved cases, by which the next one like them is recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class MemoryProbeShape:
    """A question whose answer has to show the same for the case to be the same."""

    probe: str
    arguments: dict[str, object]
    """`{object}` stands for whatever has the problem."""
    shows: list[str]
    """What the answer showed, a line for each row; empty: nothing."""
    sha256: str
    """Of the answer that this was derived from."""


@dataclass(frozen=True, slots=True)
class MemoryShape:
    id: str
    check: str
    object: str
    """Of the case that it was learned from."""
    source: str
    cause: str
    action: str
    """That helped; `{object}` in it stands for whatever has the problem."""
    advice: str
    """What helped, in a person's words."""
    origin: Literal["action", "investigation", "person"]
    by: str
    case_id: str
    run_id: str
    """Of the investigation that named the cause."""
    seen: int
    """Cases that looked like this."""
    helped: int
    failed: int
    """How often its action was executed, and did or did not help."""
    refuted: int
    """How often a case looked like it, and its probes showed something else."""
    trust: float
    """0 to 1."""
    is_trusted: bool
    """False: it is ignored."""
    vouched_by: str
    """Who wrote or corrected it."""
    cost_usd: float
    """Of the investigation that a repeat is spared."""
    created_at: str
    changed_at: str
    probes: list[MemoryProbeShape]
    features: list[str]
    """What a case has to look like."""
    commands: list[str]


@dataclass(frozen=True, slots=True)
class NewMemory:
    """Body of POST /api/v1/memories: what was behind a case, and what helped, in a person's words."""

    case: str
    """Its id, or the beginning of it."""
    cause: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class MemoryCorrection:
    """Body of POST /api/v1/memories/ID/correct; null: it stays as it is."""

    cause: str | None = None
    advice: str | None = None
    without_action: bool = False
    """What it says helped did not."""

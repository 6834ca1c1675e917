"""What an action would do, on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from probed.wire.finding import ActionCallShape


@dataclass(frozen=True, slots=True)
class DryRunRequest:
    """Body of POST /api/v1/actions/NAME/dry-run."""

    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DryRunShape:
    action: ActionCallShape
    """With its parameters in canonical form."""
    object: str
    can_be_done: bool
    obstacle: str
    """What of its precondition does not hold."""
    would_do: str
    snapshot: dict[str, Any]
    """The facts that its precondition saw."""
    risk: Literal["low", "medium", "high"]
    blast_radius: str
    reversible: bool
    stays: str
    """Why this host would not let it be put back, though the action could."""
    permission: Literal["automatic", "ask", "never"]
    """The most that a document could allow."""
    held: bool
    """It would run by itself, were nothing held back now."""
    reason: str
    """Of the permission."""

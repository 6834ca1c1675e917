"""A look at what an action would do, without doing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from probed.core.action import Risk
from probed.core.finding import ActionCall
from probed.core.permission import Permission


@dataclass(frozen=True, slots=True)
class DryRun:
    call: ActionCall
    """With its parameters in canonical form."""
    snapshot: Mapping[str, object]
    """The facts that its precondition saw."""
    object: str
    obstacle: str
    """Why it cannot be done now: what of its precondition does not hold; empty: it can."""
    would_do: str
    risk: Risk
    blast_radius: str
    reversible: bool
    stays: str
    """Why this host would not let it be put back, though the action could."""
    permission: Permission
    """The most that a document could allow."""
    held: bool
    """It would run by itself, were nothing held back now."""
    reason: str
    """Of the permission."""

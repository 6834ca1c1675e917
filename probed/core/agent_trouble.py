"""A way to a model that cannot be used now."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentTrouble:
    backend: str
    reason: str
    stands_in: str
    """The backend that is used instead; empty: there is none."""
    lasts: bool = True
    """False: it was only just found, and may be over in a moment."""

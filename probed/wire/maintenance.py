"""Maintenance windows on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class WindowShape:
    id: str
    """`config:NAME` for one that comes again by the configuration."""
    state: Literal["pending", "active", "over"]
    matchers: list[str]
    """None: the whole host."""
    starts_at: str
    ends_at: str
    fixes: Literal["freeze", "permit"]
    """What becomes of known-safe fixes meanwhile."""
    comment: str
    created_by: str


@dataclass(frozen=True, slots=True)
class WindowRequest:
    """Body of POST /api/v1/maintenance: from now on, or from `starts_at`, for so many seconds."""

    for_s: float
    matchers: list[str] = field(default_factory=list)
    """As in `object="/srv"`; none: the whole host."""
    fixes: Literal["freeze", "permit"] = "freeze"
    comment: str = ""
    starts_at: str | None = None

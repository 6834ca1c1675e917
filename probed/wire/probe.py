"""Probes on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ProbeShape:
    name: str
    description: str
    schema: dict[str, Any]
    """JSON Schema of its arguments."""


@dataclass(frozen=True, slots=True)
class ProbeList:
    items: list[ProbeShape]


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """Body of POST /api/v1/probes/{id}."""

    arguments: dict[str, Any] = field(default_factory=dict)
    session: str = ""
    """A name of one's own: a long answer is gone on with, by its cursor, in the session in which it began."""


@dataclass(frozen=True, slots=True)
class ProbeAnswerShape:
    text: str
    """One JSON object, without what looks like a credential. What it holds came from the host; it instructs nobody."""
    failed: bool
    """The probe gave no answer; the text says why."""

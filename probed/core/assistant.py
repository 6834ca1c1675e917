"""What an assistant of a person's own may ask this host: the same read-only probes as the model that investigates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProbeFacts:
    name: str
    description: str
    schema: Mapping[str, object]
    """JSON Schema of its arguments."""


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    text: str
    """One JSON object, without what looks like a credential."""
    failed: bool
    """The probe gave no answer; the text says why."""

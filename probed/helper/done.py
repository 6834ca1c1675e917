"""What an operation that needs root comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Done:
    detail: str
    before: Mapping[str, object] = field(default_factory=dict)
    """Facts about the object before the operation, JSON."""
    after: Mapping[str, object] = field(default_factory=dict)


class OperationRefused(Exception):
    """The policy or the state of the host does not allow it; nothing was done."""


class OperationFailed(Exception):
    """It was tried and did not work."""


class OperationUnclear(Exception):
    """It was begun, and goes on without us: nobody knows what becomes of it."""

"""What an action says about itself before, during and after its execution."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Risk(enum.StrEnum):
    LOW = "low"
    """At worst a short interruption of one object that is faulty already."""
    MEDIUM = "medium"
    """Something that works may be interrupted, or something may be lost that nobody should miss."""
    HIGH = "high"
    """Work or data may be lost for good."""

    @property
    def rank(self) -> int:
        return tuple(Risk).index(self)


@dataclass(frozen=True, slots=True)
class Precondition:
    holds: bool
    reason: str
    snapshot: Mapping[str, object] = field(default_factory=dict)
    """The facts that the decision is bound to; they must not change between the question and the execution."""


@dataclass(frozen=True, slots=True)
class Executed:
    detail: str
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verification:
    holds: bool
    detail: str
    has_looked: bool = True
    """False: nothing was measured; then a check that found the fault has to say that it is gone."""

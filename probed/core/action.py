"""What an action says about itself before, during and after its execution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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

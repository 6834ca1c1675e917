"""May this action run by itself, only after a person approved it, or never? One pure function, with the reason."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class Permission(enum.StrEnum):
    """Ordered: the later one is the more restrictive."""

    AUTOMATIC = "automatic"
    ASK = "ask"
    NEVER = "never"

    @property
    def strictness(self) -> int:
        return tuple(Permission).index(self)


class Mode(enum.StrEnum):
    OBSERVE = "observe"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Source:
    """One voice in the decision: the document, the policy, a cool-down …, what it allows and why."""

    allows: Permission
    reason: str


@dataclass(frozen=True, slots=True)
class Ruling:
    permission: Permission
    reason: str
    observed: bool = False
    """True: it would run by itself, were the mode not `observe`."""


def rule(sources: Iterable[Source], mode: Mode) -> Ruling:
    """The most restrictive source wins. `observe` stops automatic execution only: what a person approves is executed
    in every mode."""
    strictest = max(sources, key=lambda source: source.allows.strictness)
    if strictest.allows is Permission.AUTOMATIC and mode is Mode.OBSERVE:
        return Ruling(Permission.AUTOMATIC, f"mode is observe; {strictest.reason}", observed=True)
    return Ruling(strictest.allows, strictest.reason)

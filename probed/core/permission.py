"""May this action run by itself, only after a person approved it, or never? One pure function, with the reason."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass


class Permission(enum.StrEnum):
    """Ordered: the later one is the more restrictive."""

    AUTOMATIC = "automatic"
    ASK = "ask"
    NEVER = "never"

    @property
    def strictness(self) -> int:
        return tuple(Permission).index(self)


class Approval(enum.StrEnum):
    """What counts as a person's yes. Ordered: the later one asks for more."""

    NONE = "none"
    ONE = "one"
    TYPED = "typed"
    """One person, who types the object's name."""
    TWO = "two"
    """Two different people that are listed."""

    @property
    def strictness(self) -> int:
        return tuple(Approval).index(self)


class Mode(enum.StrEnum):
    OBSERVE = "observe"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Source:
    """One voice in the decision: the document, the policy, a cool-down …, what it allows and why."""

    allows: Permission
    reason: str
    approval: Approval = Approval.ONE
    """What counts as a yes, where a person is asked."""


@dataclass(frozen=True, slots=True)
class Ruling:
    permission: Permission
    reason: str
    observed: bool = False
    """True: it would run by itself, were the mode not `observe`."""
    approval: Approval = Approval.ONE
    """What counts as a yes, where a person is asked."""


def rule(sources: Sequence[Source], mode: Mode) -> Ruling:
    """The most restrictive source wins. `observe` stops automatic execution only: what a person approves is executed
    in every mode."""
    strictest = max(sources, key=lambda source: source.allows.strictness)
    approval = max((source.approval for source in sources), key=lambda approval: approval.strictness)
    if strictest.allows is Permission.AUTOMATIC and mode is Mode.OBSERVE:
        return Ruling(Permission.AUTOMATIC, f"mode is observe; {strictest.reason}", observed=True, approval=approval)
    return Ruling(strictest.allows, strictest.reason, approval=approval)


def policy_source(word: str) -> Source:
    """What an entry of `actions.policy` says."""
    approval = {"typed": Approval.TYPED, "two_persons": Approval.TWO}.get(word, Approval.ONE)
    allows = Permission.ASK if approval is not Approval.ONE else Permission(word)
    return Source(allows, f"actions.policy says {word}", approval)

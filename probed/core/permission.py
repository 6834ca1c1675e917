"""May this action run by itself, only after a person approved it, or never? One pure function, with the reason."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

from probed.core.autonomy import Rung


class Permission(enum.StrEnum):
    """Ordered: the later one is the more restrictive."""

    AUTOMATIC = "automatic"
    ASK = "ask"
    NEVER = "never"

    @property
    def strictness(self) -> int:
        return tuple(Permission).index(self)


class Approval(enum.StrEnum):
    """What counts as a person's yes."""

    ONE = "one"
    TYPED = "typed"
    """One person, who types the object's name."""
    TWO = "two"
    """Two different people that are listed."""
    TWO_TYPED = "two_typed"
    """Two different people that are listed, each of whom types the object's name."""

    @property
    def is_typed(self) -> bool:
        return self in (Approval.TYPED, Approval.TWO_TYPED)

    @property
    def is_of_two(self) -> bool:
        return self in (Approval.TWO, Approval.TWO_TYPED)

    def along_with(self, other: Approval) -> Approval:
        """What satisfies both."""
        is_typed, is_of_two = self.is_typed or other.is_typed, self.is_of_two or other.is_of_two
        return next(each for each in Approval if (each.is_typed, each.is_of_two) == (is_typed, is_of_two))


class Mode(enum.StrEnum):
    OBSERVE = "observe"
    """Nothing runs by itself; every card says what would have."""
    EARNED = "earned"
    """What runs by itself has earned it."""
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Source:
    """One voice in the decision: the document, the policy, a cool-down …, what it allows and why."""

    allows: Permission
    reason: str
    approval: Approval = Approval.ONE
    """What counts as a yes, where a person is asked."""


GRAVE = Source(Permission.AUTOMATIC, "its risk is high and it is irreversible", Approval.TYPED)


def policy_source(word: str) -> Source:
    """What an entry of `actions.policy` says."""
    approval = {"typed": Approval.TYPED, "two_persons": Approval.TWO}.get(word, Approval.ONE)
    allows = Permission.ASK if approval is not Approval.ONE else Permission(word)
    return Source(allows, f"actions.policy says {word}", approval)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that an action's permission depends on."""

    voices: tuple[Source, ...]
    """What the document says, and where the parameters come from."""
    policy: Source | None = None
    is_grave: bool = False
    """It may cost something for good."""
    mode: Mode = Mode.OBSERVE
    rung: Rung = Rung.OBSERVE
    """What it has earned; that binds in the mode `earned`."""
    pin: Rung | None = None
    """Where an operator has put it; that binds in every mode."""
    frozen_by: str = ""
    """Why nothing runs by itself now: a maintenance window."""
    restraints: tuple[str, ...] = ()
    """Why it does not run by itself again: cool-down, daily cap, a fix that undoes another …"""


@dataclass(frozen=True, slots=True)
class Ruling:
    permission: Permission
    reason: str
    held: bool = False
    """True: it would run by itself, were nothing held back now; it is only named."""
    approval: Approval = Approval.ONE
    """What counts as a yes, where a person is asked."""


def permit(situation: Situation) -> Ruling:
    """The most restrictive source wins. What holds back stops automatic execution only: what a person approves is
    executed in every mode."""
    sources = list(_sources(situation))
    strictest = max(sources, key=lambda source: source.allows.strictness)
    approval = reduce(Approval.along_with, (source.approval for source in sources))
    holding = _holding(situation) if strictest.allows is Permission.AUTOMATIC else ""
    if holding:
        return Ruling(Permission.AUTOMATIC, f"{holding}; {strictest.reason}", held=True, approval=approval)
    return Ruling(strictest.allows, strictest.reason, approval=approval)


def _sources(situation: Situation) -> Iterator[Source]:
    yield from situation.voices
    if situation.is_grave:
        yield GRAVE
    if situation.policy:
        yield situation.policy
    rung, words = _rung(situation)
    if rung is Rung.ASK:
        yield Source(Permission.ASK, words)
    for reason in situation.restraints:
        yield Source(Permission.ASK, reason)


def _holding(situation: Situation) -> str:
    if situation.mode is Mode.OBSERVE:
        return "mode is observe"
    rung, words = _rung(situation)
    return words if rung in (Rung.OBSERVE, Rung.DRY_RUN) else situation.frozen_by


def _rung(situation: Situation) -> tuple[Rung | None, str]:
    """The rung that binds; None: none does."""
    if situation.pin:
        return situation.pin, f"it is pinned to {situation.pin}"
    if situation.mode is Mode.EARNED:
        return situation.rung, f"mode is earned, and it has earned {situation.rung}"
    return None, ""

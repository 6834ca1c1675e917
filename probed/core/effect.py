"""A durable effect: work that a committed state calls for, and what became of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ABOUT = "about"
"""Where a message that tells of others keeps their subjects."""


class EffectKind(enum.StrEnum):
    PREPARE = "prepare"
    """Look at the host for a question to a person: precondition, dry run; the decision follows."""
    REHEARSE = "rehearse"
    """The same look for what is only named, not done."""
    EXECUTE = "execute"
    ROLL_BACK = "roll_back"
    """Put back what an action changed; due when nobody has confirmed it."""
    SEND = "send"


class EffectState(enum.StrEnum):
    PENDING = "pending"
    STARTED = "started"
    DONE = "done"
    IN_DOUBT = "in_doubt"
    """Found `started` after a crash: an action is verified and never executed again, a message is sent once more."""
    DEAD = "dead"
    """Given up: no channel for it, or refused for good."""


class MessageState(enum.StrEnum):
    """What a person asks for."""

    PENDING = "pending"
    """Not arrived yet, for all that is known."""
    SENT = "sent"
    DEAD = "dead"


AT_ONCE_TO_ONE = 8
"""Lanes of one recipient that are worked on side by side."""


@dataclass(frozen=True, slots=True)
class QueuedEffect:
    id: str
    kind: EffectKind
    subject: str
    """Id of the case (prepare, rehearse, execute), of the change (roll back) or of what the message tells about."""
    recipient: str
    """The channel's name for a message, empty for an action; messages to one recipient keep their order."""
    payload: Mapping[str, object]
    created_at: datetime
    due_at: datetime
    state: EffectState = EffectState.PENDING
    attempts: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    note: str = ""
    lane: str = ""
    """Messages to a recipient keep their order within a lane. Usually there is one; where an order over all would make
    one wait for the others, as with a program that is told of many groups at once, each group has its own."""
    receipt: Mapping[str, object] = field(default_factory=dict)
    """What the channel gave back: the ids under which a sent message can be edited."""

    @property
    def is_over(self) -> bool:
        return self.state in (EffectState.DONE, EffectState.DEAD)

"""Channels and messages on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BreakerState = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, slots=True)
class BreakerShape:
    """What is left alone for a while because it failed again and again."""

    name: str
    state: BreakerState
    failures: int
    """In a row."""
    since: str | None
    """When it opened; null while it is closed."""
    probe_at: str | None
    """When it is tried again."""
    why: str


@dataclass(frozen=True, slots=True)
class ChannelShape:
    name: str
    kind: str
    """`telegram`, `apprise`, `webhook`, `journal`, or what another package calls its own."""
    breaker: BreakerShape
    pending: int
    """Messages that wait for it."""
    dead: int
    """Messages to it that were given up."""


@dataclass(frozen=True, slots=True)
class ChannelTestShape:
    """What came of a real message."""

    name: str
    message_id: str
    delivered: bool
    detail: str
    took_s: float


@dataclass(frozen=True, slots=True)
class MessageShape:
    id: str
    recipient: str
    """Name of the channel."""
    kind: str
    title: str
    severity: str
    subject: str
    """Id of what it tells about."""
    state: Literal["pending", "started", "in_doubt", "sent", "dead"]
    attempts: int
    created_at: str
    due_at: str
    ended_at: str | None
    note: str
    """Why it waits or was given up."""
    text: str


@dataclass(frozen=True, slots=True)
class Resending:
    to: str = ""
    """Another channel than the one it was for."""

"""A channel as a person sees it, and what came of trying it."""

from __future__ import annotations

from dataclasses import dataclass

from probed.core.breaker import BreakerFacts


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    name: str
    kind: str
    breaker: BreakerFacts
    pending: int
    """Messages that wait for it."""
    dead: int
    """Messages to it that were given up."""


@dataclass(frozen=True, slots=True)
class ChannelTest:
    name: str
    message_id: str
    delivered: bool
    detail: str
    """What came back, where that is not simply yes."""
    took_s: float

"""Where a request can go: a model at a server, and the way from one to the next."""

from __future__ import annotations

from dataclasses import dataclass

from probed.agent.gateway.upstream import Upstream
from probed.agent.prices import Price


@dataclass(frozen=True, slots=True)
class Target:
    tier: str
    model: str
    upstream: Upstream
    is_free: bool = False
    """A server of one's own, whose answers cost nothing."""
    price: Price | None = None
    """Where it is another than that of today: it was asked in the past."""

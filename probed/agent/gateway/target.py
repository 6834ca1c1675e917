"""Where a request can go: a model at a server, and the way from one to the next."""

from __future__ import annotations

from dataclasses import dataclass

from probed.agent.gateway.upstream import Upstream


@dataclass(frozen=True, slots=True)
class Target:
    tier: str
    model: str
    upstream: Upstream
    is_free: bool = False
    """A server of one's own, whose answers cost nothing."""

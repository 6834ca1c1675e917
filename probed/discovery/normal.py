"""Bounds from what is normal on this host."""

from __future__ import annotations

FASTEST_WARNING_S = 1.0
"""Whatever answers in milliseconds may take so long once in a while."""
TIMES_SLOWER = 10


def latency_bound(usual_s: float) -> str:
    """From where on an answer that mostly takes so long is slow."""
    return f"{max(FASTEST_WARNING_S, round(TIMES_SLOWER * usual_s, 1)):g}s"

"""Until when the work under way may last. Set where work is handed to a thread, obeyed where it starts a program."""

from __future__ import annotations

from contextvars import ContextVar

ENDS_AT: ContextVar[float] = ContextVar("ends_at", default=float("inf"))
"""Monotonic seconds."""

"""Until when the work under way may last. Set where work is handed to a thread, obeyed where it starts a program."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Deadline:
    """Moved to now where nobody waits for the work any more."""

    at: float
    """Monotonic seconds."""


DEADLINE: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def ends_at() -> float:
    """In monotonic seconds. To be asked again and again: it may be moved while the work is under way."""
    deadline = DEADLINE.get()
    return deadline.at if deadline else float("inf")

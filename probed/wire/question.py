"""Questions of people on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

QuestionState = Literal["asked", "answered", "failed", "budget", "cancelled"]


@dataclass(frozen=True, slots=True)
class QuestionRequest:
    text: str
    session: str | None = None
    """The id of a question whose session goes on."""
    goes_on: bool = False
    """With the newest session of whoever asks, where none is named."""
    about: str | None = None
    """The id of the alert or the case that it is about."""


@dataclass(frozen=True, slots=True)
class SeenShape:
    """What a probe answered while the question was looked into."""

    id: str
    """By which the answer cites it."""
    probe: str
    arguments: dict[str, Any]
    failed: bool
    is_cited: bool
    sha256: str
    """Of the answer; empty while the question is looked into."""


@dataclass(frozen=True, slots=True)
class QuestionShape:
    id: str
    session: str
    """The id of the session's first question."""
    text: str
    by: str
    asked_at: str
    state: QuestionState
    about: str
    """The id of the case, or of the alert from outside, that it is about; empty where it is about none."""
    answer: str
    """What it cites and does not exist is marked."""
    reason: str
    """Why there is no answer."""
    evidence: list[SeenShape]
    unsupported: list[str]
    """What the answer cites and nobody has seen."""
    model: str
    cost_usd: float
    ended_at: str | None


@dataclass(frozen=True, slots=True)
class QuestionEvent:
    """What happens while a question is looked into: it is `asked` first, and has `ended` last."""

    type: Literal["asked", "looked", "said", "ended"]
    question: QuestionShape | None = None
    """Of `asked` and `ended`."""
    seen: SeenShape | None = None
    """Of `looked`."""
    text: str = ""
    """Of `said`: the next words. What is said before a probe is asked is no part of the answer."""

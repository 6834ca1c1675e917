"""A question of a person, its answer, and the session that it belongs to."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

SOURCE = "ask"
"""Under this name questions are paid and routed, as inspections are under theirs."""


class InquiryState(enum.StrEnum):
    ASKED = "asked"
    """Nobody has answered it yet."""
    ANSWERED = "answered"
    FAILED = "failed"
    """The model gave no answer."""
    BUDGET = "budget"
    """What the answer would take is more than may be spent."""
    CANCELLED = "cancelled"
    """Whoever asked went away, or the daemon stopped."""

    @property
    def is_over(self) -> bool:
        return self is not InquiryState.ASKED


@dataclass(frozen=True, slots=True)
class Cited:
    """What a probe answered while a question was looked into."""

    id: str
    """By which the answer cites it: `e3`."""
    probe: str
    arguments: Mapping[str, object]
    sha256: str
    failed: bool = False
    is_cited: bool = False


@dataclass(frozen=True, slots=True)
class Inquiry:
    id: str
    session: str
    """The id of the session's first question."""
    text: str
    by: str
    asked_at: datetime
    state: InquiryState = InquiryState.ASKED
    about: str = ""
    """The id of the case that it is about, if any."""
    answer: str = ""
    """As the model gave it; a citation of evidence that does not exist is marked."""
    reason: str = ""
    """Why there is no answer."""
    evidence: tuple[Cited, ...] = ()
    unsupported: tuple[str, ...] = ()
    """What the answer cites and nobody has seen."""
    model: str = ""
    cost_usd: float = 0.0
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InquiryDraft:
    text: str
    session: str = ""
    """To be gone on with: the id of any question in it, or its beginning."""
    goes_on: bool = False
    """With the newest session of the same person; only where no session is named."""
    about: str = ""
    """The id of an alert or a case."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A probe has answered."""

    id: str
    probe: str
    arguments: Mapping[str, object]
    failed: bool


@dataclass(frozen=True, slots=True)
class Said:
    """The next words of the model. What it says before it asks a probe is no part of the answer."""

    text: str


Happening = Looked | Said
Tell = Callable[[Happening], None]
"""Is told what happens while a question is looked into; neither waits nor raises."""


def nobody(happening: Happening) -> None:
    """Where nobody listens."""

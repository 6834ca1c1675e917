"""What is remembered of a finding, as it stands in its evidence and on a card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from probed.core.finding import Evidence
from probed.core.likeness import RECOGNISED
from probed.core.phrases import say
from probed.core.solved_case import SolvedCase

MOST_WORDS = 200
"""Characters of a cause on one line of a card."""


@dataclass(frozen=True, slots=True)
class Recognition:
    memory: str
    """Its id."""
    cause: str
    what_helped: str
    seen: int
    helped: int
    tried: int
    likeness: float
    verified: str = ""
    """What was looked at to make sure; empty: nothing was."""

    @property
    def line(self) -> str:
        what = " ".join((self.cause or self.what_helped).split())
        what = what if len(what) <= MOST_WORDS else what[: MOST_WORDS - 1] + "…"
        return say(
            "recognised: {what} (seen {seen}×, helped {helped} of {tried}; {verified}; memory {memory})",
            what=what,
            seen=self.seen,
            helped=self.helped,
            tried=self.tried,
            verified=say("verified") if self.verified else say("not verified"),
            memory=self.memory,
        )

    def as_evidence(self) -> dict[str, object]:
        return asdict(self)


def recognition_of(memory: SolvedCase, likeness: float, verified: str = "") -> Recognition:
    """For a case that is one more."""
    what_helped = memory.advice or (str(memory.remedy) if memory.remedy else "")
    return Recognition(
        memory.id, memory.cause, what_helped, memory.seen, memory.helped, memory.tried, round(likeness, 3), verified
    )


def recognised_in(evidence: Evidence) -> Recognition | None:
    noted = evidence.get(RECOGNISED)
    if not isinstance(noted, Mapping) or {each.name for each in fields(Recognition)} != noted.keys():
        return None
    return Recognition(**noted)


def without_recognition(evidence: Evidence) -> Evidence:
    """Nobody else may say so: what helped would be counted for that memory."""
    return (
        {name: value for name, value in evidence.items() if name != RECOGNISED} if RECOGNISED in evidence else evidence
    )

"""A problem that looks like a solved one, and whether what its probes show now says so, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from probed.core.finding import Finding
from probed.core.investigation import Doubt, Evidence
from probed.core.probe_mark import Sameness, nearest_rows, sameness
from probed.core.recall import Recollection, Use
from probed.core.solved_case import SolvedCase

MOST_CONTENDERS = 3


@dataclass(frozen=True, slots=True)
class KnownProblem:
    finding: Finding
    memory: SolvedCase
    likeness: float
    is_proven: bool = False
    """There is nothing to look at that would show more."""
    answers: tuple[Evidence, ...] = ()
    """To the questions of the memory's marks, in their order."""

    @property
    def sameness(self) -> Sameness:
        if self.is_proven:
            return Sameness.SAME
        object_, learned_on = self.finding.object, self.memory.object
        if not any(mark.is_about(object_, learned_on) for mark in self.memory.marks):
            return Sameness.UNCLEAR
        return sameness(self.memory.marks, self.answers, object_)

    @property
    def doubt(self) -> Doubt:
        finding, memory = self.finding, self.memory
        then = [" ".join(row) for mark in memory.marks for row in mark.rows]
        now = [
            row
            for mark, answer in zip(memory.marks, self.answers, strict=False)
            for row in nearest_rows(mark, answer.answer, finding.object)
        ]
        return Doubt(finding.check, finding.object, finding.summary, memory.cause, tuple(then), tuple(now))

    @property
    def words(self) -> str:
        """How it was made sure of."""
        if self.is_proven:
            return "looks the same, and has helped each time"
        probes = ", ".join(dict.fromkeys(mark.probe for mark in self.memory.marks))
        if self.sameness is Sameness.SAME:
            return f"shows the same: {probes}"
        return f"compared by a model: {probes}" if probes else "compared by a model"


def contenders(finding: Finding, found: Recollection | None) -> Sequence[KnownProblem]:
    """What it may be: nothing where it is not recognised, or where nobody has named a cause, which is worth an
    investigation; several where only probes can tell them apart."""
    if found is None or found.memory is None:
        return ()
    memories = (found.memory, *found.rivals) if found.rivals or found.use is not Use.IGNORE else ()
    if not all(each.cause for each in memories) or len(memories) > MOST_CONTENDERS:
        return ()
    is_proven = found.use is Use.USE
    return [KnownProblem(finding, each, found.likeness.score, is_proven) for each in memories]


def told_apart(looked: Sequence[KnownProblem]) -> KnownProblem | None:
    """Of several the only one that shows the same."""
    if len(looked) == 1:
        return looked[0]
    same = [each for each in looked if each.sameness is Sameness.SAME]
    return same[0] if len(same) == 1 else None

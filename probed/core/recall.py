"""Whether a new case is one that was solved before: by likeness, its margin over the runner-up, and the record."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from probed.core.likeness import Likeness, likeness
from probed.core.solved_case import SolvedCase, trust_in

LIKE = 0.75
"""Below this likeness nothing is recognised."""
SAME = 0.9
"""From this likeness on two cases are one memory."""
MARGIN = 0.08
"""How far the best has to stand out against the next one that says something else."""
TRUSTED = 0.16
"""Of what never failed one case is enough, until it is five months old; what failed as often as it helped is not."""
PROVEN = 0.5
"""Four cases in a row."""


NONE = Likeness(0.0)


class Use(enum.StrEnum):
    IGNORE = "ignore"
    VERIFY = "verify"
    """It is looked whether the host shows what it showed then."""
    USE = "use"
    """It looks the same and has helped again and again; there is nothing to look at that would show more."""


@dataclass(frozen=True, slots=True)
class Recollection:
    use: Use
    memory: SolvedCase | None
    reason: str
    likeness: Likeness = NONE
    trust: float = 0.0
    rivals: tuple[SolvedCase, ...] = ()
    """Trusted ones that look as like it and say something else: only what their probes show could tell."""


def recall(features: tuple[str, ...], memories: Iterable[SolvedCase], now: datetime) -> Recollection:
    """`memories`: of the same check."""
    known = [
        Recollection(Use.VERIFY, each, "", likeness(features, each.features), trust_in(each, now)) for each in memories
    ]
    if not known:
        return Recollection(Use.IGNORE, None, "nothing is remembered of this check")
    trusted = [each for each in known if each.trust >= TRUSTED]
    best = max(trusted or known, key=_rank)
    assert best.memory
    if best.likeness.score < LIKE:
        return replace(best, use=Use.IGNORE, reason=f"differs in {', '.join(best.likeness.differs)}")
    if not trusted:
        return replace(best, use=Use.IGNORE, reason="is not trusted")
    if rivals := [each for each in known if _rivals(each, best)]:
        memories = tuple(each.memory for each in rivals if each.memory)
        reason = f"memory {memories[0].id} looks as like it and says something else"
        are_trusted = all(each.trust >= TRUSTED for each in rivals)
        return replace(best, use=Use.IGNORE, reason=reason, rivals=memories if are_trusted else ())
    is_proven = best.likeness.score >= SAME and best.trust >= PROVEN
    if is_proven and not best.memory.marks:
        return replace(best, use=Use.USE, reason="looks the same, and has helped each time")
    return replace(best, reason="looks like it")


def _rank(found: Recollection) -> tuple[float, float, str]:
    return round(found.likeness.score, 6), found.trust, found.memory.id if found.memory else ""


def _rivals(other: Recollection, best: Recollection) -> bool:
    """One that is trusted has to stand back clearly. One that nobody has tried counts where it is clearly more like."""
    assert other.memory
    assert best.memory
    if other.memory.solution == best.memory.solution:
        return False
    ahead = other.likeness.score - best.likeness.score
    is_untried = not other.memory.tried and not other.memory.refuted
    return ahead > -MARGIN if other.trust >= TRUSTED else is_untried and ahead >= MARGIN

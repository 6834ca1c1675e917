"""A solved case, which people know as a memory: how it looked, what was behind it, what helped, and how often."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from probed.core.autonomy import wilson_lower
from probed.core.bucket import OBJECT, name_in
from probed.core.finding import ActionCall
from probed.core.probe_mark import ProbeMark

Params = Mapping[str, object]
"""(A name of its own, because `object` means something else inside the class.)"""

HALF_LIFE = timedelta(days=365)
"""After which what was seen of a memory weighs half."""
PASSING = frozenset({"pid"})
"""Parameters that name something which is another one the next time."""


class Origin(enum.StrEnum):
    ACTION = "action"
    """An action was verified."""
    INVESTIGATION = "investigation"
    """A model named a cause; it counts for nothing until its action has helped."""
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Remedy:
    """An action that helped; `{object}` in its parameters stands for whatever has the problem."""

    action: str
    params: Params

    def call_for(self, object_: str, learned_on: str) -> ActionCall | None:
        """None where its parameters say nothing about this object."""
        if PASSING & self.params.keys():
            return None
        if object_ != learned_on and OBJECT not in self.params.values():
            return None
        named = name_in(object_)
        return ActionCall(
            self.action, {name: named if value == OBJECT else value for name, value in self.params.items()}
        )

    def __str__(self) -> str:
        return ActionCall(self.action, self.params).key


def remedy_of(call: ActionCall, object_: str) -> Remedy:
    named = name_in(object_)
    return Remedy(call.action, {name: OBJECT if value == named != "" else value for name, value in call.params.items()})


@dataclass(frozen=True, slots=True)
class SolvedCase:
    id: str
    source: str
    check: str
    object: str
    """Of the case that it was learned from."""
    features: tuple[str, ...]
    """See `likeness.features_of`."""
    created_at: datetime
    changed_at: datetime
    origin: Origin
    by: str
    """Who solved it: `cortex`, `model`, or a person."""
    cause: str = ""
    remedy: Remedy | None = None
    advice: str = ""
    """What helped, in a person's words."""
    marks: tuple[ProbeMark, ...] = ()
    case_id: str = ""
    run_id: str = ""
    """Of the investigation that named the cause."""
    seen: int = 1
    """Cases that looked like this, with the one that it was learned from."""
    met_at: datetime | None = None
    """When the last of these came; None: none has since it was learned. Its record is none the fresher for it."""
    helped: int = 0
    failed: int = 0
    """How often its action was executed and did not help."""
    refuted: int = 0
    """How often a case looked like it, and its probes showed something else."""
    vouched_by: str = ""
    """Who wrote or corrected it; a person's word counts like one case in which it helped."""
    cost_usd: float = 0.0
    """Of the investigation."""

    @property
    def tried(self) -> int:
        return self.helped + self.failed

    @property
    def is_confirmed(self) -> bool:
        return bool(self.helped or self.vouched_by)

    @property
    def solution(self) -> tuple[str, str]:
        """Memories that say the same of what helped do not rival each other."""
        return (str(self.remedy), "") if self.remedy else ("", self.advice or self.cause)


def trust_in(memory: SolvedCase, now: datetime) -> float:
    """0 to 1: the lower bound of the rate at which it held, on a record that fades with time."""
    good = memory.helped + bool(memory.vouched_by)
    weight = 0.5 ** (max(now - memory.changed_at, timedelta()) / HALF_LIFE)
    trials = (good + memory.failed + memory.refuted) * weight
    return wilson_lower(good * weight, trials) if good else 0.0


def met(memory: SolvedCase, now: datetime) -> SolvedCase:
    """A new case looks like it."""
    return replace(memory, seen=memory.seen + 1, met_at=now)


def after_action(memory: SolvedCase, *, verified: bool, now: datetime) -> SolvedCase:
    """What it would have done was done."""
    if verified:
        return replace(memory, helped=memory.helped + 1, changed_at=now)
    return replace(memory, failed=memory.failed + 1, changed_at=now)


def after_refutation(memory: SolvedCase, now: datetime) -> SolvedCase:
    return replace(memory, refuted=memory.refuted + 1, changed_at=now)


def corrected(
    memory: SolvedCase, by: str, now: datetime, *, cause: str | None, advice: str | None, drop_remedy: bool = False
) -> SolvedCase:
    """By a person, whose word then stands for it. Another remedy has no record yet."""
    changed = replace(memory, vouched_by=by, changed_at=now)
    if cause is not None:
        changed = replace(changed, cause=cause, marks=changed.marks if cause == memory.cause else ())
    if advice is not None:
        changed = replace(changed, advice=advice)
    if drop_remedy:
        changed = replace(changed, remedy=None, helped=0, failed=0)
    return replace(changed, refuted=0)


def with_cause_of(memory: SolvedCase, newer: SolvedCase) -> SolvedCase:
    """An investigation adds what an earlier case did not know; a person's words stay."""
    if memory.vouched_by or not newer.cause:
        return memory
    return replace(memory, cause=newer.cause, marks=newer.marks, run_id=newer.run_id, cost_usd=newer.cost_usd)

"""A change: the record that an executed action leaves."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from probed.core.action import Risk
from probed.core.case import Outcome
from probed.core.finding import ActionCall, Severity

Facts = Mapping[str, object]
"""(A name of its own, because `object` means something else inside the class.)"""


class ChangeClass(enum.StrEnum):
    """How much attention a change deserves, the most first."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


CLASSES = (ChangeClass.P3, ChangeClass.P3, ChangeClass.P3, ChangeClass.P2, ChangeClass.P1)
"""By the weight of a change; what weighs more is P0."""


def class_of(risk: Risk, severity: Severity, *, reversible: bool) -> ChangeClass:
    """The risk weighs twice as much as that it cannot be put back, or that the problem behind it was critical."""
    weight = 2 * risk.rank + (not reversible) + (severity is Severity.CRITICAL)
    return CLASSES[weight] if weight < len(CLASSES) else ChangeClass.P0


@dataclass(frozen=True, slots=True)
class Change:
    id: str
    case_id: str
    decision_id: str | None
    effect_id: str
    call: ActionCall
    level: str
    by: str
    """`cortex` for L1, else the person who approved."""
    dry_run: str
    outcome: Outcome
    detail: str
    started_at: datetime
    ended_at: datetime
    object: str = ""
    """What it was done to, as a person would name it."""
    before: Facts = field(default_factory=dict)
    after: Facts = field(default_factory=dict)
    object_kind: str = ""
    kin: str = ""
    """See `Action.kin_of`."""
    change_class: ChangeClass = ChangeClass.P3
    impact: str = ""
    """What it could hit at worst."""
    steps: tuple[str, ...] = ()
    """What was done when (UTC), one line each."""
    snapshot: Facts = field(default_factory=dict)
    """What the precondition saw; a roll-back puts this back. Empty: nothing was seen."""
    reversible: bool = False
    revert_at: datetime | None = None
    """When it is rolled back, unless somebody confirms it; None: it is not."""
    confirmed_by: str = ""
    rolled_back_at: datetime | None = None
    roll_back: str = ""
    """Why and how it was rolled back, or why that failed."""

    @property
    def is_armed(self) -> bool:
        return self.revert_at is not None and not self.confirmed_by and self.rolled_back_at is None


def stands_on(newer: Change, older: Change) -> bool:
    """Whether what `newer` did would be undone, too, if `older` were put back: the same of the same object."""
    same_object = newer.object == older.object != "" and newer.call.action == older.call.action
    same_aspect = newer.call.params.get("property") == older.call.params.get("property")
    is_in_force = newer.outcome is Outcome.VERIFIED and newer.rolled_back_at is None
    return newer.id > older.id and same_object and same_aspect and is_in_force

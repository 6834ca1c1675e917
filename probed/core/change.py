"""A change: the record that an executed action leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from probed.core.case import Outcome
from probed.core.finding import ActionCall

Facts = Mapping[str, object]
"""(A name of its own, because `object` means something else inside the class.)"""


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

"""An action under way: what is to be done, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from probed.core.action import Executed
from probed.core.case import Outcome
from probed.core.decision import Decision
from probed.core.effect import EffectState, QueuedEffect
from probed.core.finding import ActionCall

BEFORE = "before"
"""In the payload: what the precondition saw. Kept before anything is executed."""


@dataclass(frozen=True, slots=True)
class Result:
    outcome: Outcome
    detail: str
    dry_run: str = ""
    executed: Executed | None = None
    has_looked: bool = True
    """Whether the action's own verification measured anything."""
    owes_roll_back: bool = False
    """It did not help, and was not put back at once: where that is possible, it is done later."""

    @property
    def leaves_change(self) -> bool:
        """False where nothing was executed."""
        return self.outcome not in (Outcome.REFUSED, Outcome.FORBIDDEN, Outcome.CHANGED)


@dataclass(frozen=True, slots=True)
class Order:
    """An action to be carried out, with the decision behind it."""

    effect: QueuedEffect
    call: ActionCall
    decision: Decision | None
    steps: list[str] = field(default_factory=list)
    """What was done when, as far as this process did it."""

    @property
    def is_in_doubt(self) -> bool:
        return self.effect.state is EffectState.IN_DOUBT

    @property
    def has_begun(self) -> bool:
        """Whether something was executed, as far as anybody knows."""
        return self.before is not None

    @property
    def change_id(self) -> str:
        """Of the change that it will leave; empty before it was started."""
        return str(self.effect.payload.get("change_id", ""))

    @property
    def before(self) -> Mapping[str, object] | None:
        """The precondition's snapshot; None: the execution did not begin."""
        snapshot = self.effect.payload.get(BEFORE)
        return snapshot if isinstance(snapshot, Mapping) else None

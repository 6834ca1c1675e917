"""What the monitor keeps of the ladder: from runs and their reports to cases, decisions, effects and changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from probed.core.autonomy import Standing
from probed.core.case import Case
from probed.core.change import Change
from probed.core.decision import Decision
from probed.core.effect import EffectKind, QueuedEffect
from probed.core.finding import ActionCall
from probed.core.report import Report
from probed.core.run import Run
from probed.core.solved_case import SolvedCase


class Cases(Protocol):
    async def get(self, case_id: str) -> Case:
        """Raises NotFound."""

    async def open_of(self, source: str) -> Sequence[Case]: ...

    async def worked_on(self, objects: Collection[str]) -> Sequence[Case]:
        """Those about one of these objects that an action, or a person's answer to a question, may still solve."""

    async def due(self, now: datetime) -> Sequence[Case]:
        """Open cases whose `expires_at` has passed."""

    async def save(self, case: Case) -> Case:
        """Insert (version 0) or update; returns it with the next version. Raises StaleVersion, and Conflict where the
        same identity has an open case already."""

    async def save_all(self, cases: Sequence[Case]) -> Sequence[Case]:
        """`save` for many at once, in the same order."""


class Runs(Protocol):
    async def get(self, run_id: str) -> Run: ...

    async def save(self, run: Run) -> None: ...

    async def unfinished(self) -> Sequence[Run]: ...

    async def has_run(self, inspection: str) -> bool:
        """Whether an inspection of this name ever ran on this host; a submitted report is no such run."""

    async def last_started(self) -> Mapping[str, datetime]:
        """For each inspection, when its newest run began."""


class Reports(Protocol):
    async def add(self, report: Report) -> None: ...

    async def has_room_for(self, source: str, most: int) -> bool:
        """Whether it has reported already, or fewer than `most` have."""

    async def streak_of_unknown(self, source: str, before: str = "") -> int:
        """How many of the newest reports of `source` in a row gave no (or not every) answer; `before`: of those that
        came before this report."""

    async def answers_since(self, source: str, number: int) -> tuple[int, int]:
        """How many reports of `source` that are not unknown came behind the one of this number (32 at the most), and
        the number of the newest."""


class Decisions(Protocol):
    async def get(self, decision_id: str) -> Decision: ...

    async def open_of(self, case_id: str) -> Decision | None:
        """The one that is proposed, analysed or waits."""

    async def waiting(self) -> Sequence[Decision]: ...

    async def similar(self, decision: Decision, check: str, limit: int) -> Sequence[Decision]:
        """What was decided before on the same action for a finding of the same check and the same kind of object: those
        on the same object first, then the newest."""

    async def due(self, now: datetime) -> Sequence[Decision]:
        """Waiting decisions that have expired."""

    async def save(self, decision: Decision) -> Decision:
        """Insert (version 0) or update; returns it with the next version. Raises StaleVersion."""


class Effects(Protocol):
    async def get(self, effect_id: str) -> QueuedEffect: ...

    async def save(self, effect: QueuedEffect) -> None: ...

    async def due(self, kind: EffectKind, now: datetime, limit: int) -> Sequence[QueuedEffect]:
        """Pending (or in doubt) effects, oldest first; of messages only the oldest undelivered one of each
        recipient."""

    async def started(self) -> Sequence[QueuedEffect]: ...

    async def roll_back_of(self, change_id: str) -> QueuedEffect | None:
        """The roll-back of the change that is not over."""

    async def queued_for(self, recipient: str, limit: int) -> Sequence[QueuedEffect]:
        """The messages that wait for `recipient`, oldest first, without one that is under way."""

    async def hasten_messages(self, now: datetime, recipient: str | None = None) -> None:
        """What waits for its next attempt is due now."""

    async def bury_oldest(self, recipient: str, keep: int, now: datetime, reason: str) -> int:
        """Give up what waits for `recipient` beyond the newest `keep`; how many that were."""

    async def posted_since(self, recipient: str, since: datetime, most: int) -> int:
        """How many messages were queued for the recipient since then, `most` at the most."""

    async def is_posted(self, subject: str) -> bool:
        """Whether a message about `subject` was delivered, or waits to be."""

    async def told(self, subject: str) -> Sequence[str]:
        """The recipients of messages about `subject`, delivered or not."""

    async def told_of(self, subjects: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """The same for many at once; whom nobody was told about is left out."""

    async def undelivered_about(self, subject: str) -> Sequence[QueuedEffect]:
        """The messages about `subject` that wait, or are under way."""

    async def last_receipt(self, subject: str, recipient: str) -> Mapping[str, object] | None:
        """The receipt of the newest message about `subject` that `recipient` got; None if it gave none."""


class Changes(Protocol):
    async def get(self, change_id: str) -> Change:
        """Raises NotFound."""

    async def save(self, change: Change) -> None: ...

    async def count_since(self, since: datetime) -> int: ...

    async def last_of(self, call: ActionCall, since: datetime) -> Change | None:
        """The newest change made by an equal call since then."""

    async def of_object(self, call: ActionCall, object_: str, since: datetime) -> Sequence[Change]:
        """What was done to the object, or by an equal call, since then; oldest first."""

    async def of_kin(self, call: ActionCall, kin: str, since: datetime) -> Sequence[Change]:
        """What was done to the object or one of its kind (`Action.kin_of`), or by an equal call; oldest first."""


class SolvedCases(Protocol):
    """What people know as memories."""

    async def get(self, memory_id: str) -> SolvedCase:
        """Raises NotFound."""

    async def find(self, memory_id: str) -> SolvedCase | None: ...

    async def of_check(self, check: str) -> Sequence[SolvedCase]: ...

    async def save(self, memory: SolvedCase) -> None: ...

    async def delete(self, memory_id: str) -> None: ...

    async def make_room(self, check: str, most: int, most_of_a_check: int) -> None:
        """For one more: where there are so many, what was never confirmed goes first, then the oldest."""


class Standings(Protocol):
    async def get(self, action: str, object_kind: str) -> Standing:
        """One on the lowest rung where there is none yet."""

    async def save(self, standing: Standing) -> None: ...

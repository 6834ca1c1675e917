"""The monitor: a repository for each aggregate, over one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from probed.core.chat import ChatMember, PairingCode
from probed.core.evidence_gate import KeptAnalysis
from probed.core.inquiry import Inquiry
from probed.core.inspection import Inspection
from probed.core.intent import Intent
from probed.core.job import Job
from probed.core.model_call import ModelCall
from probed.core.observation import Observation, Place
from probed.core.pieces import Pieces
from probed.core.transcript import TranscriptKind
from probed.ports.alerts import (
    Alerts,
    Digests,
    Escalations,
    Flappings,
    Groups,
    Holds,
    Incidents,
    Records,
    Silences,
    Storms,
    Windows,
)
from probed.ports.ladder import Cases, Changes, Decisions, Effects, Reports, Runs, SolvedCases, Standings


class Timers(Protocol):
    """Moments by the wall clock, by name; whoever set one looks after it."""

    async def get(self, name: str) -> datetime | None: ...

    async def set(self, name: str, due_at: datetime) -> None: ...

    async def remove(self, name: str) -> None: ...


class Ledger(Protocol):
    """The intents' hash chain."""

    async def append(
        self, kind: str, actor: str, subject: str, text: str, detail: Mapping[str, object] | None = None
    ) -> Intent:
        """`kind`: an `IntentKind`."""


class Stream(Protocol):
    async def publish(self, type_: str, subject: str, data: Mapping[str, object]) -> None:
        """Store the event; it goes to the listeners once the transaction has committed."""


class Samples(Protocol):
    async def add(self, check: str, observations: Sequence[Observation], at: datetime) -> None:
        """Keep the observations that carry a number."""


class Memories(Protocol):
    """What the checks of each source know of their last look, in pieces."""

    async def of(self, source: str) -> Mapping[Place, Pieces]: ...

    async def save(self, source: str, memories: Mapping[Place, Pieces]) -> None: ...

    async def forget(self, source: str, check: str | None = None) -> int:
        """Of that check, or of all of the source; how many forgot something. An empty memory is none."""


class Documents(Protocol):
    """Each version of a document that was in force."""

    async def take_over(self, inspections: Sequence[Inspection], now: datetime) -> None:
        """These are in force now, and no others."""


class Jobs(Protocol):
    """What jobs have said of themselves."""

    async def find(self, name: str) -> Job | None: ...

    async def count(self) -> int: ...

    async def save(self, job: Job) -> None: ...


class Analyses(Protocol):
    """What models were asked about inspections and what they said: the newest few of each."""

    async def add(self, analysis: KeptAnalysis) -> None: ...

    async def forget(self, inspection: str) -> None: ...


class ModelCalls(Protocol):
    """What models took and cost."""

    async def add(self, call: ModelCall) -> None: ...


class Inquiries(Protocol):
    """What people asked, and what they were answered."""

    async def add(self, inquiry: Inquiry) -> None: ...

    async def save(self, inquiry: Inquiry) -> None: ...

    async def unfinished(self) -> Sequence[Inquiry]:
        """Those that nobody has answered yet."""


class Chats(Protocol):
    """Paired chats, the code that pairs one, and the buttons that were touched."""

    async def members(self) -> Sequence[ChatMember]:
        """In the order of their pairing."""

    async def add(self, member: ChatMember) -> None: ...

    async def remove(self, member: ChatMember) -> None: ...

    async def move(self, old_chat_id: int, new_chat_id: int) -> None: ...

    async def code(self) -> PairingCode | None: ...

    async def keep_code(self, code: PairingCode | None) -> None:
        """This one and no other; None: none at all."""

    async def press(self, token: str, user_id: int, now: datetime, forget_before: datetime) -> bool:
        """Keep that the user touched the button; False when that is known. What is older is forgotten."""

    async def take_back(self, token: str, user_id: int) -> None: ...


class Settings(Protocol):
    """Values that the daemon itself changes: the mode, paused inspections, whether the first sweep is over."""

    async def get(self, name: str) -> object | None: ...

    async def set(self, name: str, value: object) -> None: ...


class Transaction(Protocol):
    """Repositories over one transaction: everything is committed together or nothing is."""

    cases: Cases
    runs: Runs
    reports: Reports
    alerts: Alerts
    groups: Groups
    records: Records
    silences: Silences
    decisions: Decisions
    effects: Effects
    changes: Changes
    solved_cases: SolvedCases
    standings: Standings
    chats: Chats
    ledger: Ledger
    stream: Stream
    samples: Samples
    memories: Memories
    documents: Documents
    jobs: Jobs
    analyses: Analyses
    model_calls: ModelCalls
    inquiries: Inquiries
    digests: Digests
    settings: Settings
    flapping: Flappings
    holds: Holds
    escalations: Escalations
    incidents: Incidents
    timers: Timers
    storms: Storms
    windows: Windows

    async def shift(self, step_s: float) -> None:
        """Move what is due by as much as the wall clock was just set: `next_flush_at` and `told_at` of groups, `due_at`
        of effects, `expires_at` of waiting decisions and open cases, ends of alerts and silences, and the timers of
        what belongs together. What was written while the clock showed quite another time stays."""


class Monitor(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A writing transaction; one at a time, committed on a normal exit, rolled back on an exception."""

    async def keep_transcript(self, subject: str, kind: TranscriptKind, text: str) -> None:
        """Of the run, the decision or the question that a model was asked about; masked. Raises CannotPersist."""

    async def renew_signing_key(self) -> str:
        """Make the key that checkpoints are signed with anew, and return the public one; empty where none was made yet.
        Raises CannotPersist."""

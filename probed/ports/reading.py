"""What the faces read: queries without a transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from probed.core.alert import Alert
from probed.core.autonomy import Standing
from probed.core.budget import Spent
from probed.core.case import Case
from probed.core.change import Change
from probed.core.checkpoint import ChainVerdict, Checkpoint
from probed.core.decision import Decision
from probed.core.document_version import DocumentVersion
from probed.core.effect import MessageState, QueuedEffect
from probed.core.event import StreamEvent
from probed.core.evidence_gate import KeptAnalysis
from probed.core.finding import Finding, Severity
from probed.core.incident import Entry, Incident
from probed.core.inquiry import Inquiry
from probed.core.intent import Intent
from probed.core.job import Job
from probed.core.maintenance import Window
from probed.core.model_facts import Spending
from probed.core.observation import Place
from probed.core.pieces import Pieces
from probed.core.report import Report, Verdict
from probed.core.run import Run, Trigger
from probed.core.silence import Silence
from probed.core.solved_case import SolvedCase
from probed.core.storm import Storm
from probed.core.timer import Timer
from probed.core.transcript import Transcript
from probed.core.trend import Point, Series

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Newest first; shorter than asked for where the items are large. `next` is the key to pass as `before` for the
    following page; None at the end."""

    items: Sequence[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class FoundIn:
    """A finding with the report that holds it."""

    id: int
    report_id: str
    source: str
    at: datetime
    finding: Finding


@dataclass(frozen=True, slots=True)
class IncidentFile:
    """An incident with all that belongs to it."""

    incident: Incident
    alerts: Sequence[Alert]
    timeline: Sequence[Entry]
    """The oldest first."""


class Queries(Protocol):
    """Reading without a transaction; filters are equalities, None means any. Paging is by key, newest first."""

    async def runs(
        self, limit: int, before: str | None = None, inspection: str | None = None, state: str | None = None
    ) -> Page[Run]: ...

    async def run(self, run_id: str) -> Run:
        """Every `get` by id raises NotFound; an unambiguous prefix of an id is enough (else Conflict)."""

    async def transcript(self, subject: str) -> Transcript:
        """Of the run, the decision or the question with this id. Raises NotFound."""

    async def evidence(self, run_id: str) -> Transcript:
        """What the probes answered in this run, or to this question, as lines (`core/evidence.py`). Raises NotFound."""

    async def recording(self, run_id: str) -> Transcript:
        """What this run stood on, as text (`core/recording.py`). Raises NotFound."""

    async def reports(self, limit: int, before: str | None = None, source: str | None = None) -> Page[Report]: ...

    async def report(self, report_id: str) -> Report: ...

    async def verdicts(self, report_ids: Sequence[str]) -> Mapping[str, Verdict]:
        """Of those reports that are still kept."""

    async def triggers(self, run_ids: Sequence[str]) -> Mapping[str, Trigger]:
        """Of those runs that are still kept."""

    async def latest_reports(self) -> Sequence[Report]:
        """The newest report of each source, without its findings."""

    async def findings(
        self, limit: int, before: str | None = None, source: str | None = None, severity: str | None = None
    ) -> Page[FoundIn]: ...

    async def cases(self, limit: int, before: str | None = None, open_only: bool = False) -> Page[Case]: ...

    async def case(self, case_id: str) -> Case: ...

    async def cases_by_id(self, case_ids: Sequence[str]) -> Mapping[str, Case]:
        """Of those cases that are still kept."""

    async def solved_cases(self, limit: int, before: str | None = None, check: str | None = None) -> Page[SolvedCase]:
        """What people know as memories."""

    async def solved_case(self, memory_id: str) -> SolvedCase: ...

    async def remembered_checks(self) -> frozenset[str]:
        """Those of which anything is remembered."""

    async def solved_before(self, checks: Collection[str]) -> Sequence[SolvedCase]:
        """All of these checks."""

    async def jobs(self) -> Sequence[Job]:
        """Those that have ever said something, by name."""

    async def inquiries(self, limit: int, before: str | None = None, session: str | None = None) -> Page[Inquiry]:
        """What people asked, the newest first."""

    async def inquiry(self, inquiry_id: str) -> Inquiry: ...

    async def newest_inquiry_of(self, by: str) -> Inquiry | None: ...

    async def spent(self, run_id: str, inspection_id: str, day: datetime, month: datetime) -> Spent:
        """On models, by the run, by the inspection since `day` began, and by all since `day` and `month` did."""

    async def spending(self, since: datetime) -> Sequence[Spending]:
        """What models cost since then, by inspection, the dearest first, at most a hundred."""

    async def analyses(self, inspection: str) -> tuple[Sequence[KeptAnalysis], Sequence[tuple[str, str]]]:
        """What a model was asked about the inspection and said, the newest first; and, by check and object, which of
        its cases flap."""

    async def memories(self, source: str) -> Mapping[Place, Pieces]:
        """What the checks of the source know of their last look."""

    async def open_of(self, source: str) -> Mapping[tuple[str, str], Severity]:
        """The identities of the source's open cases, with how severe they are."""

    async def worst_open(self) -> Mapping[str, Severity]:
        """For each source that has open cases, the worst severity among them."""

    async def alerts(self, limit: int, before: str | None = None, state: str | None = None) -> Page[Alert]: ...

    async def worst_alerts(self, limit: int) -> Sequence[Alert]:
        """Open ones, the worst first; among equals those nobody has acknowledged, then the oldest."""

    async def alert(self, alert_id: str) -> Alert: ...

    async def open_alerts(self, after: Alert | None, limit: int) -> Sequence[Alert]:
        """Those that are not resolved, in the order of their coming; `after`: the last one of those before."""

    async def silences(self, limit: int, before: str | None = None) -> Page[Silence]: ...

    async def unexpired_silences(self, now: datetime) -> Sequence[Silence]:
        """Active and pending ones, in the order in which they were made."""

    async def silence(self, silence_id: str) -> Silence: ...
    async def incidents(self, limit: int, before: str | None = None, state: str | None = None) -> Page[Incident]: ...

    async def incident(self, incident_id: str, now: datetime) -> IncidentFile: ...

    async def storms(self) -> Sequence[Storm]:
        """Whose messages are being gathered."""

    async def windows(self, limit: int, before: str | None = None) -> Page[Window]:
        """Maintenance that somebody began, the newest first."""

    async def window(self, window_id: str) -> Window: ...

    async def decisions(self, limit: int, before: str | None = None, state: str | None = None) -> Page[Decision]: ...

    async def decision(self, decision_id: str) -> Decision: ...

    async def messages(
        self, limit: int, before: str | None = None, state: MessageState | None = None
    ) -> Page[QueuedEffect]: ...

    async def message(self, message_id: str) -> QueuedEffect: ...

    async def outbox(self) -> Mapping[str, tuple[int, int]]:
        """For each recipient how many messages wait, and how many were given up."""

    async def changes(self, limit: int, before: str | None = None) -> Page[Change]: ...

    async def change(self, change_id: str) -> Change: ...

    async def standings(self) -> Sequence[Standing]:
        """What every action that was rehearsed, executed or pinned has earned, by name."""

    async def intents(self, limit: int, before: str | None = None, kind: str | None = None) -> Page[Intent]: ...

    async def intents_after(self, number: int, limit: int) -> Sequence[Intent]:
        """Those with a larger number that are no audit, oldest first."""

    async def document_versions(self, inspection: str) -> Sequence[DocumentVersion]:
        """Those that are kept, at most a hundred: the one in force first, then the latest."""

    async def checkpoints(self, limit: int, before: str | None = None) -> Page[Checkpoint]: ...

    async def verify_intents(self) -> ChainVerdict:
        """Read the whole chain from its newest checkpoint on. Raises Overloaded while another caller has it verified,
        ConfigError where the keys that checkpoints are signed with could be others'."""

    async def events(self, after: int, limit: int) -> Sequence[StreamEvent]:
        """Oldest first: the events with a larger id than `after`."""

    async def last_event_id(self) -> int: ...

    async def due_dates(self) -> Mapping[Timer, datetime]:
        """For each kind of timer that runs, when the earliest of them is due."""

    async def every_series(self, limit: int, before: str | None = None, check: str | None = None) -> Page[Series]:
        """What was ever measured, and is not forgotten yet."""

    async def points(
        self, check: str, object_: str, since: datetime, until: datetime, width_s: float
    ) -> Sequence[Point]:
        """What is kept of a series in a span, in the order of time: as fine as is needed to draw a point in each
        `width_s`, or as is still kept. Empty where there is no such series."""

    async def setting(self, name: str) -> object | None: ...

    async def counts(self) -> Mapping[str, int]:
        """For metrics and status: `alerts_firing`, `alerts_acknowledged`, `decisions_waiting`, `cases_open`,
        `messages_pending`, `messages_dead`; `reports` and `runs` are all that were ever stored, they never fall."""

"""What the engine needs from the world, and what the world may ask of the engine (`Operator`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from probed.core.action import Executed, Precondition, Verification
from probed.core.alert import Alert
from probed.core.card import Card
from probed.core.case import Case
from probed.core.change import Change
from probed.core.decision import Decision
from probed.core.effect import EffectKind, QueuedEffect
from probed.core.event import StreamEvent
from probed.core.finding import ActionCall, Finding, Severity
from probed.core.group import Group
from probed.core.inspection import CheckCall, Inspection
from probed.core.intent import Intent
from probed.core.investigation import Answer, Task
from probed.core.observation import CheckAnswer, Observation
from probed.core.report import Report
from probed.core.run import Run

T = TypeVar("T")


# --- the host and the clock -------------------------------------------------------------------------------------------


class Clock(Protocol):
    def now(self) -> datetime:
        """Wall clock, aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never jump."""

    def elapsed(self) -> float:
        """Seconds since boot; they never jump either, and count the time in suspend."""


class Workers(Protocol):
    """Threads beside the event loop, bounded in number."""

    async def run(self, work: Callable[[], T], *, deadline_s: float, name: str) -> T:
        """Run blocking `work`. Raises DeadlineExceeded in time even if `work` never returns, Overloaded when every
        thread is stuck."""


class Check(Protocol):
    """A check bound to its parameters."""

    name: str

    def look(self) -> CheckAnswer:
        """Blocking; called in a worker. Raises CheckFailed when it cannot tell."""


class Checks(Protocol):
    def bind(self, call: CheckCall) -> Check:
        """Raises ParameterError: unknown check, unknown or unusable parameter."""


class Agent(Protocol):
    """A model that investigates through read-only probes."""

    name: str

    async def investigate(self, task: Task) -> Answer:
        """Raises NoAnswer for anything but a valid answer, within the task's deadline."""


class Action(Protocol):
    """A typed operation of the registry. Every method but `call_for` blocks and is called in a worker."""

    name: str
    title: str
    reversible: bool
    cooldown_s: float
    deadline_s: float
    settle_s: float
    """How long after the execution the verification looks."""

    def call_for(self, finding: Finding, fixed: Mapping[str, object]) -> ActionCall | None:
        """The call that fits the finding, with the document's own parameters; None if it does not concern it.
        Raises ParameterError where a parameter leaves its allow-set."""

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        """Return the parameters in canonical form. Raises ParameterError."""

    def precondition(self, params: Mapping[str, object]) -> Precondition: ...

    def dry_run(self, params: Mapping[str, object]) -> str:
        """What exactly would change; changes nothing."""

    def execute(self, params: Mapping[str, object]) -> Executed:
        """Raises ActionFailed with the reason."""

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        """Whether it helped. `executed` is what the execution returned; None where nobody knows: the daemon was killed
        meanwhile, or the deadline came first."""


class Actions(Protocol):
    def names(self) -> Sequence[str]: ...

    def get(self, name: str) -> Action:
        """Raises NotFound."""


class Channel(Protocol):
    name: str

    async def turn(self) -> None:
        """Wait until a message may be sent at once. Raises ChannelError when that takes long."""

    async def send(
        self, card: Card, message_id: str, *, repeated: bool, earlier: Mapping[str, object] | None
    ) -> Mapping[str, object]:
        """Deliver the card and return a receipt. `message_id` identifies the message for a person; `repeated` marks one
        that may have arrived already; `earlier` is the receipt of the message that this one replaces, if any.
        Raises ChannelError."""


# --- the monitor ------------------------------------------------------------------------------------------------------


class Cases(Protocol):
    async def get(self, case_id: str) -> Case:
        """Raises NotFound."""

    async def open_of(self, source: str) -> Sequence[Case]: ...

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

    async def streak_of_unknown(self, source: str) -> int:
        """How many of the newest reports of `source` in a row gave no (or not every) answer."""


class Alerts(Protocol):
    async def get(self, alert_id: str) -> Alert: ...

    async def of_case(self, case_id: str) -> Alert | None:
        """The alert of the case that is not resolved."""

    async def save(self, alert: Alert) -> None: ...

    async def of_group(self, group_key: str) -> Sequence[Alert]:
        """The alerts of the group that are open, or resolved and not settled yet, in the order of their coming."""

    async def firing_of(self, alert_ids: Sequence[str]) -> Sequence[Alert]:
        """Those of them that fire and that nobody acknowledged; unknown ids are left out."""


class Groups(Protocol):
    async def get(self, key: str) -> Group | None: ...

    async def save(self, group: Group) -> None: ...

    async def due(self, now: datetime) -> Sequence[Group]: ...


class Decisions(Protocol):
    async def get(self, decision_id: str) -> Decision: ...

    async def waiting_of(self, case_id: str) -> Decision | None: ...

    async def waiting(self) -> Sequence[Decision]: ...

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

    async def queued_for(self, recipient: str, limit: int) -> Sequence[QueuedEffect]:
        """The messages that wait for `recipient`, oldest first, without one that is under way."""

    async def hasten_messages(self, now: datetime) -> None:
        """What waits for its next attempt is due now."""

    async def is_posted(self, subject: str) -> bool:
        """Whether a message about `subject` was delivered, or waits to be."""

    async def last_receipt(self, subject: str, recipient: str) -> Mapping[str, object] | None:
        """The receipt of the newest message about `subject` that `recipient` got; None if it gave none."""


class Changes(Protocol):
    async def save(self, change: Change) -> None: ...

    async def last_of(self, call: ActionCall, since: datetime) -> Change | None:
        """The newest change made by an equal call since then."""


class Ledger(Protocol):
    """The intents' hash chain."""

    async def append(
        self, kind: str, actor: str, subject: str, text: str, detail: Mapping[str, object] | None = None
    ) -> None: ...


class Stream(Protocol):
    async def publish(self, type_: str, subject: str, data: Mapping[str, object]) -> None:
        """Store the event; it goes to the listeners once the transaction has committed."""


class Samples(Protocol):
    async def add(self, check: str, observations: Sequence[Observation], at: datetime) -> None:
        """Keep the observations that carry a number."""


class Digests(Protocol):
    async def add(self, text: str) -> None: ...

    async def take(self) -> Sequence[str]:
        """The lines that were not told yet; they count as told when the transaction commits."""


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
    decisions: Decisions
    effects: Effects
    changes: Changes
    ledger: Ledger
    stream: Stream
    samples: Samples
    digests: Digests
    settings: Settings

    async def shift(self, step_s: float) -> None:
        """Move what is due by as much as the wall clock was just set: `next_flush_at` and `told_at` of groups, `due_at`
        of effects, `expires_at` of waiting decisions and open cases. What was written while the clock showed quite
        another time stays."""


class Monitor(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A writing transaction; one at a time, committed on a normal exit, rolled back on an exception."""


# --- reading, for the faces -------------------------------------------------------------------------------------------


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


class Queries(Protocol):
    """Reading without a transaction; filters are equalities, None means any. Paging is by key, newest first."""

    async def runs(
        self, limit: int, before: str | None = None, inspection: str | None = None, state: str | None = None
    ) -> Page[Run]: ...

    async def run(self, run_id: str) -> Run:
        """Every `get` by id raises NotFound; an unambiguous prefix of an id is enough (else Conflict)."""

    async def reports(self, limit: int, before: str | None = None, source: str | None = None) -> Page[Report]: ...

    async def report(self, report_id: str) -> Report: ...

    async def latest_reports(self) -> Sequence[Report]:
        """The newest report of each source, without its findings."""

    async def findings(
        self, limit: int, before: str | None = None, source: str | None = None, severity: str | None = None
    ) -> Page[FoundIn]: ...

    async def cases(self, limit: int, before: str | None = None, open_only: bool = False) -> Page[Case]: ...

    async def case(self, case_id: str) -> Case: ...

    async def worst_open(self) -> Mapping[str, Severity]:
        """For each source that has open cases, the worst severity among them."""

    async def alerts(self, limit: int, before: str | None = None, state: str | None = None) -> Page[Alert]: ...

    async def alert(self, alert_id: str) -> Alert: ...

    async def decisions(self, limit: int, before: str | None = None, state: str | None = None) -> Page[Decision]: ...

    async def decision(self, decision_id: str) -> Decision: ...

    async def changes(self, limit: int, before: str | None = None) -> Page[Change]: ...

    async def intents(self, limit: int, before: str | None = None) -> Page[Intent]: ...

    async def broken_intent(self) -> int | None:
        """The number of the first intent that breaks the chain; None when it is whole. Raises Overloaded while another
        caller has it verified."""

    async def events(self, after: int, limit: int) -> Sequence[StreamEvent]:
        """Oldest first: the events with a larger id than `after`."""

    async def last_event_id(self) -> int: ...

    async def next_due(self) -> datetime | None:
        """When the earliest group flush, expiry of a decision or a case, or pending effect is due."""

    async def series(self, check: str, object_: str, since: datetime) -> Sequence[tuple[datetime, float]]: ...

    async def setting(self, name: str) -> object | None: ...

    async def counts(self) -> Mapping[str, int]:
        """For metrics and status: `alerts_firing`, `alerts_acknowledged`, `decisions_waiting`, `cases_open`,
        `messages_pending`, `messages_dead`; `reports` and `runs` are all that were ever stored, they never fall."""


# --- inbound ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a local user (`uid:1000 alice`), a Telegram user (`telegram:42 Ann`), or `cortex` itself."""

    name: str
    pid: int = 0


class Operator(Protocol):
    """What a person may do, whatever the face: API, Telegram, later MCP. Each call leaves an audit line.

    Raises NotFound, Conflict (already decided, already resolved) or Refused.
    """

    async def approve(self, decision_id: str, by: Actor, expected_hash: str | None = None) -> Decision: ...

    async def reject(self, decision_id: str, by: Actor, note: str = "") -> Decision: ...

    async def acknowledge(self, alert_id: str, by: Actor) -> Alert: ...

    async def resolve(self, alert_id: str, by: Actor) -> Alert: ...

    async def run(self, inspection_id: str, by: Actor) -> Run:
        """Queue a run and return it, pending."""

    async def pause(self, inspection_id: str, by: Actor) -> None: ...

    async def resume(self, inspection_id: str, by: Actor) -> None: ...

    async def submit(self, draft: ReportDraft, by: Actor) -> Report:
        """Take in another program's report. Raises Overloaded when too many wait."""


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """What another program hands in; the engine makes a report with a run of its own from it."""

    source: str
    verdict: str
    summary: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class PlannedRun:
    inspection: Inspection
    next_at: datetime | None
    """None while it is paused or only runs on request."""
    paused: bool


class Schedule(Protocol):
    """What is planned; the scheduler behind it."""

    def planned(self) -> Sequence[PlannedRun]: ...

    def is_alive(self) -> bool: ...


class Pausing(Protocol):
    """The scheduler's other side: stop and go on planning an inspection."""

    def pause(self, inspection_id: str) -> None: ...

    def resume(self, inspection_id: str) -> None: ...

"""What the engine needs from the host and from what acts on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar, runtime_checkable

from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.agent_trouble import AgentTrouble
from probed.core.assistant import ProbeAnswer, ProbeFacts
from probed.core.breaker import BreakerFacts
from probed.core.budget_raise import BudgetRaise, BudgetStop
from probed.core.card import Card
from probed.core.dependency import Edge
from probed.core.exchange import Exchange
from probed.core.finding import ActionCall, Finding, Severity
from probed.core.host_event import Concern
from probed.core.inquiry import Tell
from probed.core.inspection import CheckCall, Inspection
from probed.core.intent import Intent
from probed.core.investigation import Answer, Evidence, Task
from probed.core.job import Job
from probed.core.model_facts import ModelFacts
from probed.core.model_route import Choice
from probed.core.observation import CheckAnswer, Memory
from probed.core.recording import Recording
from probed.core.replay import Heard

T = TypeVar("T")


class Clock(Protocol):
    def now(self) -> datetime:
        """Wall clock, aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never jump."""

    def elapsed(self) -> float:
        """Seconds since boot; they never jump either, and count the time in suspend."""


class JobBoard(Protocol):
    """Where checks find what jobs have said."""

    def put(self, jobs: Sequence[Job]) -> None: ...


class BudgetBoard(Protocol):
    """Which budgets of models stopped a request, and what they were raised to: written by the gateway and by the action
    that raises one, from any thread."""

    on_news: Callable[[], None]

    def stop(self, stop: BudgetStop) -> None: ...

    def stops(self) -> Sequence[BudgetStop]: ...

    def settle(self, stop: BudgetStop) -> None:
        """It stops nothing any more."""

    def raise_to(self, wanted: BudgetRaise) -> None: ...

    def put_back(self, budget: str) -> None: ...

    def raises(self) -> Sequence[BudgetRaise]: ...

    def keep(self, raises: Sequence[BudgetRaise]) -> None:
        """They are stored."""


class Topology(Protocol):
    """What the host itself knows of what depends on what."""

    def edges(self) -> Sequence[Edge]:
        """Blocking. Raises HostFailed."""


class Workers(Protocol):
    """Threads beside the event loop, bounded in number."""

    async def run(self, work: Callable[[], T], *, deadline_s: float, name: str) -> T:
        """Run blocking `work`. Raises DeadlineExceeded in time even if `work` never returns, Overloaded when every
        thread is stuck."""


class Check(Protocol):
    """A check bound to its parameters."""

    name: str
    remembers: bool
    """Whether it compares with its last look."""

    def look(self) -> CheckAnswer:
        """Blocking; called in a worker. Raises CheckFailed when it cannot tell."""

    def look_since(self, known: Memory) -> tuple[CheckAnswer, Memory]:
        """As `look`, with what it knew before and what it knows now."""


@runtime_checkable
class Noticing(Protocol):
    """A check that looks at once when the host tells of what concerns it."""

    concerns: Sequence[Concern]


class Checks(Protocol):
    def bind(self, call: CheckCall) -> Check:
        """Raises ParameterError: unknown check, unknown or unusable parameter."""


class Models(Protocol):
    """The models behind the agent, as a person asks about them."""

    name: str
    """Of the backend that asks them."""

    async def facts(self) -> ModelFacts: ...

    async def left_of(self, budget: str) -> float:
        """Of a budget as `BudgetStop` names it, by the ledger: without what requests under way may cost."""

    def is_stopped(self, inspection_id: str) -> bool:
        """Whether a budget stops requests of that inspection, of which a person was told."""

    def breakers(self, now: datetime) -> Sequence[BreakerFacts]:
        """Of each server that was asked."""

    async def explain(self, inspection: Inspection, severity: Severity | None) -> tuple[Choice, float]:
        """Where its next call goes, and the share of the budget that is left. `severity`: of the worst finding."""

    def exchanges_of(self, run_id: str) -> tuple[Exchange, ...]:
        """What has passed for a run; told once."""

    async def close(self) -> None:
        """End the connections that are kept."""


Asking = tuple[str, Mapping[str, object]]
"""A probe's name and its arguments."""


class Replaying(Protocol):
    """Repeats investigations from what was recorded of them."""

    async def replay(self, task: Task, recording: Recording, *, model: str, in_order: bool) -> Heard:
        """Asks nobody, unless a `model` is named. `in_order`: what is worded otherwise than then gets the answers of
        then all the same. Raises NoAnswer, where that model cannot be asked."""


class Agent(Protocol):
    """A model that investigates through read-only probes."""

    name: str

    async def investigate(self, task: Task) -> Answer:
        """Raises NoAnswer for anything but a valid answer, within the task's deadline."""

    async def advise(self, task: Task) -> Answer:
        """The answer holds the advice on the task's question. Raises NoAnswer in the same way."""

    async def look(self, questions: Sequence[Asking], deadline_s: float) -> Sequence[Evidence]:
        """What its probes answer; no model is asked. One answer for each question, in their order."""

    async def compare(self, task: Task) -> Answer:
        """The verdict `ok` says that the task's doubts are the solved cases again, `warning` that they are not,
        `unknown` that nobody can tell. Raises NoAnswer in the same way."""

    async def ask(self, task: Task, tell: Tell) -> Answer:
        """The answer holds words for the person who asked; `tell` hears on the way what happens. Raises NoAnswer in the
        same way."""


class Preflight(Protocol):
    """Whether the agent's models could be asked, found out without a call that costs."""

    async def troubles(self) -> Sequence[AgentTrouble]:
        """At those whose turn it is; returns what cannot be used and is missed."""

    async def until_due(self) -> None:
        """Waits until there is something to look at."""


class Action(Protocol):
    """A typed operation of the registry. Every method but `object_of` and `kin_of` blocks and is called in a worker."""

    name: str
    title: str
    object_kind: str
    """What it works on: `unit`, `container`, `file`, `process`, `host`; autonomy is earned for each kind."""
    risk: Risk
    blast_radius: str
    """What it may hit at worst, in one sentence for the card."""
    reversible: bool
    """Whether `roll_back` can put back what it changed; False: irreversible."""
    cooldown_s: float
    daily_cap: int
    """How often it may run by itself on the same `kin_of` within 24 hours."""
    deadline_s: float
    settle_s: float
    """How long after the execution the verification looks."""

    def call_for(self, finding: Finding, fixed: Mapping[str, object]) -> ActionCall | None:
        """The call that fits the finding, with the document's own parameters; None if it does not concern it.
        Raises ParameterError where a parameter leaves its allow-set."""

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        """Return the parameters in canonical form. Raises ParameterError."""

    def object_of(self, params: Mapping[str, object]) -> str:
        """The one thing that the call is about, as a person would name it: `nginx.service`."""

    def kin_of(self, params: Mapping[str, object]) -> str:
        """What the cool-down and the daily cap count together: the object, but where each is another one, as processes
        are, what they are of."""

    def precondition(self, params: Mapping[str, object]) -> Precondition: ...

    def dry_run(self, params: Mapping[str, object]) -> str:
        """What exactly would change: resolved paths, pids, units, bytes; changes nothing."""

    def execute(self, params: Mapping[str, object]) -> Executed:
        """Raises ActionFailed with the reason."""

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        """Whether it helped; too few samples are no yes. `executed` is what the execution returned; None where nobody
        knows: the daemon was killed meanwhile, or the deadline came first."""

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        """Put back what the precondition's snapshot says, where it is not so already: a second call does nothing.
        Raises ActionFailed, always where the action is irreversible."""

    def refusal_of_roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> str:
        """Why a policy of this host would refuse to put that back, and what it lacks; empty: none would. Raises
        ActionFailed where nobody can tell."""


class Actions(Protocol):
    def names(self) -> Sequence[str]: ...

    def get(self, name: str) -> Action:
        """Raises NotFound."""


class Channel(Protocol):
    name: str
    kind: str
    """`telegram`, `apprise`, `webhook`, `journal`, or what another package calls its own."""
    is_program: bool
    """Whether a program reads what it gets: everything, in order and one by one, instead of a digest of what is old."""
    can_edit: bool
    """Whether a message that arrived can be changed."""

    async def turn(self) -> None:
        """Wait until a message may be sent at once. Raises ChannelError when that takes long."""

    async def send(
        self, card: Card, message_id: str, *, repeated: bool, earlier: Mapping[str, object] | None
    ) -> Mapping[str, object]:
        """Deliver the card and return a receipt. `message_id` identifies the message for a person; `repeated` marks one
        that may have arrived already; `earlier` is the receipt of the message that this one replaces, if any.
        Raises ChannelError."""


@runtime_checkable
class Branching(Protocol):
    """A channel that reaches several places, each a recipient of its own: one that is blocked holds up no other."""

    def recipients(self) -> Sequence[str]:
        """Of a message to everybody; the channel's own name is the first."""

    def branch(self, recipient: str) -> Channel | None:
        """The channel to one of them; None where there is no such place any more."""


class Probing(Protocol):
    """The read-only probes."""

    async def listed(self) -> Sequence[ProbeFacts]: ...

    async def ask(self, session: str, name: str, arguments: object) -> ProbeAnswer: ...


class LifeSign(Protocol):
    """A sign of life to somebody outside this host."""

    place: str
    """Whom it goes to, without anything secret."""

    async def close(self) -> None: ...

    async def give(self, *, ready: bool) -> bool:
        """Whether a sign was given: there may be none for a daemon that runs but is not `ready`. Raises ChannelError
        where nobody answered."""


class IntentSink(Protocol):
    """Somebody else's record, to which lines of the record of intents go."""

    place: str

    async def take(self, intent: Intent) -> None:
        """Raises MessageRefused for this line alone, another ChannelError where it takes none now."""


@runtime_checkable
class Reachable(Protocol):
    """A channel that can tell, without a message, whether anybody listens."""

    async def reach(self) -> None:
        """Raises ChannelError."""

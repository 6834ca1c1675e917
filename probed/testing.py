"""Stand-ins for the engine's ports, for tests of the engine and of plugins; the monitor is always the real one."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.advice import Advice
from probed.core.card import Card
from probed.core.finding import ActionCall, Finding
from probed.core.host_event import Concern
from probed.core.inquiry import Looked, Said, Tell
from probed.core.investigation import Answer, Evidence, Task, Usage
from probed.core.observation import CheckAnswer, Memory
from probed.core.recording import Recording
from probed.core.replay import Heard
from probed.core.report import Verdict
from probed.errors import ActionFailed, ChannelError, CheckFailed, NoAnswer, NotFound
from probed.ports import Action, Asking

T = TypeVar("T")


class ImmediateWorkers:
    """Runs the work at once, on the loop."""

    async def run(self, work: Callable[[], T], *, deadline_s: float, name: str) -> T:
        return work()


@dataclass
class ScriptedCheck:
    """Answers what the test puts there; an error instead of an answer is raised."""

    name: str
    answer: CheckAnswer | CheckFailed = ()
    remembers: bool = False
    memory: Memory = field(default_factory=dict)
    """What it knows after each look."""
    known: list[Memory] = field(default_factory=list)
    """What it was told at each look."""
    concerns: Sequence[Concern] = ()
    looks: int = 0

    def look(self) -> CheckAnswer:
        self.looks += 1
        if isinstance(self.answer, CheckFailed):
            raise self.answer
        return self.answer

    def look_since(self, known: Memory) -> tuple[CheckAnswer, Memory]:
        self.known.append(known)
        return self.look(), self.memory

    def fail(self, reason: str) -> None:
        self.answer = CheckFailed(reason)


def _set_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass
class ScriptedReplaying:
    """What a model says in a replay."""

    heard: Heard = Heard()  # noqa: RUF009 (frozen)
    tasks: list[Task] = field(default_factory=list)
    wishes: list[tuple[str, bool]] = field(default_factory=list)
    """The model that was named, and whether order counts."""

    async def replay(self, task: Task, recording: Recording, *, model: str, in_order: bool) -> Heard:
        self.tasks.append(task)
        self.wishes.append((model, in_order))
        return self.heard


@dataclass
class ScriptedAgent:
    answer: Callable[[Task], Answer] | NoAnswer
    name: str = "scripted"
    tasks: list[Task] = field(default_factory=list)
    advice: Advice | Exception | None = None
    """What it says to a question; an error is raised."""
    words: str | Exception = "Nothing is wrong."
    """What it says to a person who asks."""
    seen: tuple[Evidence, ...] = ()
    """What its probes told it before that."""
    shows: Callable[[str, Mapping[str, object]], str] = lambda probe, arguments: "{}"
    """What a probe answers that is asked without a model."""
    looks: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    same: Verdict | NoAnswer = Verdict.OK
    """What it says to whether a case is known."""
    may_answer: asyncio.Event = field(default_factory=_set_event)
    """Cleared: whoever asks waits."""

    async def investigate(self, task: Task) -> Answer:
        self.tasks.append(task)
        await self.may_answer.wait()
        if isinstance(self.answer, NoAnswer):
            raise self.answer
        return self.answer(task)

    async def look(self, questions: Sequence[Asking], deadline_s: float) -> Sequence[Evidence]:
        self.looks += [(probe, dict(arguments)) for probe, arguments in questions]
        return [self._shown(number, *question) for number, question in enumerate(questions, 1)]

    def _shown(self, number: int, probe: str, arguments: Mapping[str, object]) -> Evidence:
        text = self.shows(probe, arguments)
        return Evidence(f"e{number}", probe, dict(arguments), text, hashlib.sha256(text.encode()).hexdigest())

    async def compare(self, task: Task) -> Answer:
        self.tasks.append(task)
        if isinstance(self.same, NoAnswer):
            raise self.same
        return Answer(task.run_id, self.same, "as the test says", (), 0.001)

    async def advise(self, task: Task) -> Answer:
        self.tasks.append(task)
        if isinstance(self.advice, Exception):
            raise self.advice
        return Answer(task.run_id, Verdict.UNKNOWN, "", (), 0.0021, advice=self.advice)

    async def ask(self, task: Task, tell: Tell) -> Answer:
        self.tasks.append(task)
        if isinstance(self.words, Exception):
            raise self.words
        await self.may_answer.wait()
        for each in self.seen:
            tell(Looked(each.id, each.probe, each.arguments, each.failed))
        tell(Said(self.words))
        usage = Usage("claude-haiku-4-5", 900, 80)
        return Answer(
            task.run_id, Verdict.UNKNOWN, "", (), 0.0034, "{}", evidence=self.seen, usage=usage, words=self.words
        )


@dataclass
class ScriptedAction:
    """Fits every finding; counts its executions and helps, fails or does not help as the test says."""

    name: str = "restart_unit"
    title: str = "restart a unit"
    object_kind: str = "unit"
    risk: Risk = Risk.LOW
    blast_radius: str = "the unit alone"
    reversible: bool = False
    cooldown_s: float = 600.0
    daily_cap: int = 100
    deadline_s: float = 10.0
    settle_s: float = 0.0
    holds: bool = True
    helps: bool = True
    has_looked: bool = True
    """Whether its verification measures anything."""
    error: str = ""
    stays: str = ""
    """Why a policy would refuse to put it back."""
    world: dict[str, object] = field(default_factory=lambda: {"active_state": "failed"})
    executed: list[Mapping[str, object]] = field(default_factory=list)
    rolled_back: list[Mapping[str, object]] = field(default_factory=list)
    """The snapshots that were put back."""
    verified: list[Executed | None] = field(default_factory=list)
    """What each verification was told of the execution."""
    on_execute: Callable[[], None] = lambda: None
    """What the execution does to the test's world."""

    def call_for(self, finding: Finding, fixed: Mapping[str, object]) -> ActionCall | None:
        return ActionCall(self.name, {"unit": finding.object, **fixed})

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        return params

    def object_of(self, params: Mapping[str, object]) -> str:
        return str(params["unit"])

    def kin_of(self, params: Mapping[str, object]) -> str:
        return str(params.get("program") or self.object_of(params))

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        return Precondition(self.holds, "as the test says", dict(self.world))

    def dry_run(self, params: Mapping[str, object]) -> str:
        return f"would restart {params['unit']}"

    def execute(self, params: Mapping[str, object]) -> Executed:
        if self.error:
            raise ActionFailed(self.error)
        self.executed.append(params)
        self.on_execute()
        return Executed("restarted", before=dict(self.world), after={"active_state": "active"})

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        self.verified.append(executed)
        detail = "it is active" if self.helps else "it is still failed"
        return Verification(self.helps, detail, self.has_looked)

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        if not self.reversible:
            raise ActionFailed(f"{self.name} is irreversible")
        self.rolled_back.append(before)
        return Executed("put back", before={"active_state": "active"}, after=before)

    def refusal_of_roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> str:
        return self.stays


class ScriptedActions:
    def __init__(self, *actions: Action) -> None:
        self._actions = {action.name: action for action in actions}

    def names(self) -> Sequence[str]:
        return list(self._actions)

    def get(self, name: str) -> Action:
        if name not in self._actions:
            raise NotFound(f"there is no action {name!r}")
        return self._actions[name]


@dataclass
class RecordingChannel:
    """Keeps what it was given; raises `fails_with` instead while that is set."""

    name: str = "recording"
    kind: str = "journal"
    is_program: bool = False
    can_edit: bool = False
    fails_with: ChannelError | None = None
    cards: list[Card] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    repeated: list[bool] = field(default_factory=list)
    earlier: list[Mapping[str, object] | None] = field(default_factory=list)

    async def turn(self) -> None:
        pass

    async def send(
        self, card: Card, message_id: str, *, repeated: bool, earlier: Mapping[str, object] | None
    ) -> Mapping[str, object]:
        if self.fails_with:
            raise self.fails_with
        self.cards.append(card)
        self.ids.append(message_id)
        self.repeated.append(repeated)
        self.earlier.append(earlier)
        return {"number": len(self.cards)}


class NoPausing:
    def pause(self, inspection_id: str) -> None:
        pass

    def resume(self, inspection_id: str) -> None:
        pass

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from probed.agent.gateway.gateway import MessagesGateway
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Table
from probed.agent.queued import QueuedAgent
from probed.agent.toolbox import Toolbox
from probed.config.agent import AgentSettings
from probed.core.budget_raise import BudgetStop
from probed.core.inspection import AgentRule, AgentWhen
from probed.core.investigation import Answer, Task
from probed.core.report import Verdict
from probed.daemon.workers import WorkerPool
from probed.errors import NoAnswer
from probed.host.budget_board import BudgetBoard
from tests.agent.arrange import ImmediateWorkers, MemoryBooks, make_task
from tests.factories import make_inspection


@dataclass(frozen=True, slots=True)
class NoParams:
    pass


class SlowBackend:
    """Answers when the test lets it."""

    name = "slow"

    def __init__(self) -> None:
        self.under_way = 0
        self.most_at_once = 0
        self.begun = asyncio.Semaphore(0)
        self.deadlines: list[float] = []
        self.told_s: list[float] = []
        """The time that it may speak of."""
        self.may_answer = asyncio.Event()
        self.failure: NoAnswer | None = None

    async def model_of(self, task: Task) -> str:
        return task.inspection.agent.tier

    async def investigate(self, task: Task, toolbox: Toolbox, deadline: float) -> Answer:
        self.deadlines.append(deadline - time.monotonic())
        self.told_s.append(task.deadline_s)
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        self.begun.release()
        try:
            await self.may_answer.wait()
        finally:
            self.under_way -= 1
        if self.failure:
            raise self.failure
        return Answer(task.run_id, Verdict.OK, "Looked.", (), 0.0)

    def describe(self) -> str:
        return "a slow model"

    async def check(self) -> tuple[bool, str]:
        return False, "nobody is logged in"


def make_agent(backend: SlowBackend, *, concurrency: int = 2, deadline_s: float = 60.0) -> QueuedAgent:
    return QueuedAgent(backend, (), ImmediateWorkers(), concurrency=concurrency, deadline_s=deadline_s)


async def test_only_so_many_investigations_are_under_way_at_once() -> None:
    backend = SlowBackend()
    agent = make_agent(backend, concurrency=2)
    runs = [asyncio.create_task(agent.investigate(make_task(run_id=str(number)))) for number in range(5)]
    async with asyncio.timeout(120):
        await backend.begun.acquire()
        await backend.begun.acquire()
    await asyncio.sleep(0.05)
    assert backend.under_way == 2

    backend.may_answer.set()
    answers = await asyncio.gather(*runs)

    assert backend.most_at_once == 2
    assert [answer.run_id for answer in answers] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("named", "offered"),
    [(None, ["echo", "slow"]), (("slow", "journal"), ["slow"]), ((), [])],
)
async def test_a_document_may_name_the_probes(named: tuple[str, ...] | None, offered: list[str]) -> None:
    class Listing(SlowBackend):
        async def investigate(self, task: Task, toolbox: Toolbox, deadline: float) -> Answer:
            names = [tool.name for tool in toolbox.tools()]
            return Answer(task.run_id, Verdict.OK, json.dumps(names), (), 0.0)

    probes = [Probe(name, "", NoParams, looking(name, lambda params: Table((), ()))) for name in ("echo", "slow")]
    agent = QueuedAgent(Listing(), probes, WorkerPool(1), concurrency=1, deadline_s=60)
    inspection = make_inspection(agent=AgentRule(AgentWhen.ALWAYS, probes=named))

    answer = await agent.investigate(make_task(inspection=inspection))

    assert json.loads(answer.summary) == offered


async def test_a_probe_that_hangs_takes_few_workers_whichever_investigation_asks() -> None:
    class Asking(SlowBackend):
        async def investigate(self, task: Task, toolbox: Toolbox, deadline: float) -> Answer:
            said = [(await toolbox.call("slow", {})).text for _ in range(2)]
            return Answer(task.run_id, Verdict.OK, said[-1], (), 0.0)

    gate, begun = threading.Event(), []

    def hang(params: NoParams) -> Table:
        begun.append(params)
        gate.wait(300)
        return Table((), ())

    probe = Probe("slow", "", NoParams, looking("slow", hang))
    agent = QueuedAgent(Asking(), (probe,), WorkerPool(8), concurrency=1, deadline_s=0.3)

    for _ in range(3):
        answer = await agent.investigate(make_task())
    while len(begun) < 2:  # noqa: ASYNC110  # what happens in a thread sets no event
        await asyncio.sleep(0.01)
    gate.set()

    assert len(begun) == 2
    assert json.loads(answer.summary)["failed"] == "probe slow: still waiting for an earlier one"


@pytest.mark.alone
async def test_waiting_for_a_place_counts_against_the_deadline() -> None:
    backend = SlowBackend()
    agent = make_agent(backend, concurrency=1)
    first = asyncio.create_task(agent.investigate(make_task()))
    await backend.begun.acquire()
    began = time.monotonic()

    with pytest.raises(NoAnswer, match=r"no place was free within 0\.3 s") as caught:
        await agent.investigate(make_task(deadline_s=0.3))

    assert 0.25 < time.monotonic() - began < 60
    assert caught.value.cost_usd == 0
    assert len(backend.deadlines) == 1
    backend.may_answer.set()
    await first


async def test_what_is_left_after_waiting_is_the_backends_deadline() -> None:
    backend = SlowBackend()
    agent = make_agent(backend, concurrency=1)
    began = time.monotonic()
    runs = [asyncio.create_task(agent.investigate(make_task(deadline_s=50.0))) for _ in range(2)]
    await asyncio.sleep(0.5)
    backend.may_answer.set()
    await asyncio.gather(*runs)
    took_s = time.monotonic() - began

    first, second = backend.deadlines
    assert 50.0 - took_s <= first <= 50.0
    assert 50.0 - took_s <= second <= first - 0.4
    assert backend.told_s[1] <= 49.7, "what it has waited for is not told as time that it has"


async def test_the_settings_bound_a_call_whatever_the_inspection_allows() -> None:
    backend = SlowBackend()
    backend.may_answer.set()

    began = time.monotonic()
    await make_agent(backend, deadline_s=30.0).investigate(make_task(deadline_s=600.0))

    assert 30.0 - (time.monotonic() - began) <= backend.deadlines[0] <= 30.0
    assert backend.told_s == [30.0]


@pytest.mark.parametrize("ending", ["failure", "cancelled"])
async def test_a_place_is_free_again_however_the_run_ended(ending: str) -> None:
    backend = SlowBackend()
    agent = make_agent(backend, concurrency=1)
    backend.failure = NoAnswer("away")
    run = asyncio.create_task(agent.investigate(make_task()))
    await backend.begun.acquire()
    if ending == "cancelled":
        run.cancel()
    backend.may_answer.set()
    with pytest.raises((NoAnswer, asyncio.CancelledError)):
        await run
    backend.failure = None

    answer = await agent.investigate(make_task(deadline_s=60.0))

    assert answer.verdict is Verdict.OK


async def test_without_a_budget_nobody_is_asked() -> None:
    backend = SlowBackend()

    with pytest.raises(NoAnswer) as caught:
        await make_agent(backend).investigate(make_task(budget_usd=0.0))

    assert caught.value.over_budget
    assert backend.deadlines == []


async def test_the_state_tells_how_the_last_investigation_or_check_went() -> None:
    backend = SlowBackend()
    backend.may_answer.set()
    agent = make_agent(backend)
    assert agent.describe() == "a slow model"

    assert await agent.check() == (False, "nobody is logged in")
    assert agent.describe() == "a slow model; nobody is logged in"

    backend.failure = NoAnswer("the model's API answered 529")
    with pytest.raises(NoAnswer):
        await agent.investigate(make_task())
    assert agent.describe().endswith("the last investigation gave no answer: the model's API answered 529")

    backend.failure = None
    await agent.investigate(make_task())
    assert agent.describe().endswith("the last investigation gave an answer")


@pytest.mark.parametrize("budget", ["day", "inspection disks", "inspection another", ""])
async def test_who_was_stopped_by_a_budget_of_all_need_not_be_told_of_by_each(budget: str) -> None:
    board, backend = BudgetBoard(), SlowBackend()
    if budget:
        board.stop(BudgetStop(budget, 5.0, 0.5, datetime.now(UTC)))
    gateway = MessagesGateway(AgentSettings(), MemoryBooks(), lambda: datetime.now(UTC), board=board)
    agent = QueuedAgent(backend, (), ImmediateWorkers(), concurrency=1, deadline_s=120, models=gateway)
    backend.failure = NoAnswer("the budget is used up", over_budget=True)
    backend.may_answer.set()

    with pytest.raises(NoAnswer) as failed:
        await agent.investigate(make_task(inspection=make_inspection(id="disks")))

    assert failed.value.is_told is (budget in ("day", "inspection disks"))

"""A model that is away for an hour: it is left alone, nothing is spent on it, and its return is no stampede."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from probed.agent.queued import PATIENCE, Backend, QueuedAgent
from probed.core.breaker import BreakerState
from probed.core.finding import Severity
from probed.core.inspection import AgentRule, AgentWhen, Inspection
from probed.core.observation import Observation
from probed.core.report import Verdict
from probed.errors import NoAnswer
from probed.testing import ScriptedCheck
from tests.agent.arrange import (
    REPORT,
    RESULT,
    START,
    ImmediateWorkers,
    make_api,
    make_cli,
    make_settings,
    make_task,
    says,
    script,
)
from tests.engine.scenario import scenario
from tests.factories import NOW, make_inspection
from tests.real.messages_api import Failure, MessagesApi, report

HOUR_S = 3600
BUDGET_USD = 0.1
OVERLOADED = Failure(529, "overloaded_error", "Overloaded", {"x-should-retry": "false"})
MOST_ATTEMPTS = 20
"""In an hour: three that open it, then after 30, 60, 120, 240 s and every 300 s."""


@dataclass
class Place:
    """A real backend, with a model behind it that is away until `come_back`."""

    backend: Backend
    come_back: Callable[[], object]
    asked: Callable[[], int]


@contextmanager
def claude(folder: Path, clock: Callable[[], float]) -> Iterator[Place]:
    calls = folder / "calls"
    calls.touch()
    count = f"echo x >>{calls}"
    away = script(folder, f"{count}\necho 'API Error: connection refused' >&2\nexit 1")
    backend = make_cli(make_settings(folder, claude=away), folder)
    answer = f"{count}\n{says({**START, 'tools': ['StructuredOutput']}, RESULT)}"
    yield Place(backend, lambda: script(folder, answer), lambda: len(calls.read_text().splitlines()))


@contextmanager
def anthropic(folder: Path, clock: Callable[[], float]) -> Iterator[Place]:
    with MessagesApi(lambda _: OVERLOADED) as api:

        def come_back() -> None:
            api.script = lambda request: report(request, REPORT)

        yield Place(make_api(make_settings(folder, api.base_url), clock), come_back, lambda: len(api.requests))


@dataclass
class Clock:
    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def make_agent(backend: Backend, clock: Callable[[], float], concurrency: int = 2) -> QueuedAgent:
    return QueuedAgent(backend, (), ImmediateWorkers(), concurrency=concurrency, deadline_s=60.0, clock=clock)


async def cost_in_vain(agent: QueuedAgent) -> float:
    with pytest.raises(NoAnswer) as caught:
        await agent.investigate(make_task(budget_usd=BUDGET_USD))
    return caught.value.cost_usd


@pytest.mark.parametrize("place", [claude, anthropic])
async def test_away_for_an_hour_it_is_seldom_asked_and_then_answers_again(
    place: Callable[[Path, Callable[[], float]], AbstractContextManager[Place]], tmp_path: Path
) -> None:
    clock = Clock()
    with place(tmp_path, clock) as there:
        agent = make_agent(there.backend, clock)
        costs = []
        for second in range(0, HOUR_S, 20):
            clock.now_s = float(second)
            costs.append(await cost_in_vain(agent))
        attempts, known = there.asked(), agent.breaker(NOW)

        there.come_back()
        clock.now_s += PATIENCE.longest_pause_s
        answer = await agent.investigate(make_task())

    assert PATIENCE.failures < attempts <= MOST_ATTEMPTS
    assert known.state is BreakerState.OPEN
    assert sum(cost > 0 for cost in costs) <= attempts, "nothing is spent where nobody is asked"
    assert sum(costs) < (attempts + 0.5) * BUDGET_USD
    assert answer.verdict is Verdict.OK
    assert agent.breaker(NOW).state is BreakerState.CLOSED


@pytest.mark.parametrize("place", [claude, anthropic])
async def test_when_it_is_tried_again_one_asks_and_nobody_else(
    place: Callable[[Path, Callable[[], float]], AbstractContextManager[Place]], tmp_path: Path
) -> None:
    clock = Clock()
    with place(tmp_path, clock) as there:
        agent = make_agent(there.backend, clock, concurrency=10)
        for _ in range(PATIENCE.failures):
            await cost_in_vain(agent)
        clock.now_s += PATIENCE.first_pause_s

        await asyncio.gather(*(cost_in_vain(agent) for _ in range(10)))

        assert there.asked() == PATIENCE.failures + 1


async def test_a_model_that_speaks_nonsense_is_not_away(tmp_path: Path) -> None:
    with MessagesApi("refuse") as api:
        agent = make_agent(make_api(make_settings(tmp_path, api.base_url)), Clock())
        for _ in range(PATIENCE.failures + 2):
            await cost_in_vain(agent)

    assert agent.breaker(NOW).state is BreakerState.CLOSED


async def test_an_attempt_that_is_broken_off_leaves_the_way_free(tmp_path: Path) -> None:
    clock = Clock()
    with MessagesApi(lambda _: OVERLOADED) as api:
        agent = make_agent(make_api(make_settings(tmp_path, api.base_url), clock), clock)
        for _ in range(PATIENCE.failures):
            await cost_in_vain(agent)
        clock.now_s += PATIENCE.first_pause_s
        attempt = asyncio.create_task(agent.investigate(make_task()))
        await asyncio.sleep(0)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt

        api.script = lambda request: report(request, REPORT)

        assert (await agent.investigate(make_task())).verdict is Verdict.OK


def watched() -> Inspection:
    rule = AgentRule(AgentWhen.ALWAYS, budget_usd=BUDGET_USD)
    return make_inspection(id="services", agent=rule, timeout_s=30.0)


async def test_an_hour_without_a_model_what_checks_find_climbs_and_is_told_once(tmp_path: Path) -> None:
    failed = Observation("web.service", "web.service has failed", severity=Severity.CRITICAL)
    with MessagesApi(lambda _: OVERLOADED) as api:

        def clock() -> float:
            return host.clock.monotonic()

        agent = make_agent(make_api(make_settings(tmp_path, api.base_url), clock), clock)
        async with scenario(tmp_path, agent=agent) as host:
            check = ScriptedCheck("systemd_unit", (failed,))
            host.document(watched(), [check])
            for minute in range(60):
                check.answer = (failed,) if minute < 30 else (Observation("web.service", "web.service is active"),)
                run = await host.run("services")
                await host.passes(60, step_s=30)

            away = [card.title for card in host.channel.cards]
            attempts = len(api.requests)
            api.script = lambda request: report(request, REPORT)
            await host.passes(PATIENCE.longest_pause_s, step_s=30)
            await host.run("services")
            await host.passes(600, step_s=30)

            assert attempts <= MOST_ATTEMPTS
            assert "left alone for a while" in run.reason
            assert sum("web.service" in title for title in away) == 2, "once that it failed, once that it is over"
            assert len(away) <= 3, "and once that the model does not answer"
            assert len(host.told) <= len(away) + 1, host.told
            assert len(api.requests) == attempts + 1

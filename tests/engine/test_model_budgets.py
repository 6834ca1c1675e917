"""A budget that stopped a request: a person is asked once whether to raise it, and a raise ends with its period."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from probed.actions.raise_model_budget import RaiseModelBudget
from probed.core.budget_raise import BudgetRaise, BudgetStop
from probed.core.decision import Decision, DecisionState
from probed.core.finding import ActionCall
from probed.core.permission import Mode, Permission
from probed.engine.model_budgets import BudgetKeeper
from probed.host.budget_board import BudgetBoard
from probed.testing import ScriptedActions
from tests.engine.scenario import ANN, Host, scenario
from tests.factories import NOW, make_finding

T = TypeVar("T")

DAY = BudgetStop("day", 5.0, 0.5, NOW + timedelta(hours=12))
RAISE = ActionCall("raise_model_budget", {"budget": "day", "usd": 10.0})


class Threads:
    """As the daemon's: an action waits there for what the loop does."""

    async def run(self, work: Callable[[], T], *, deadline_s: float, name: str) -> T:
        return await asyncio.to_thread(work)


@dataclass
class Watch:
    host: Host
    board: BudgetBoard
    limits: dict[str, float] = field(default_factory=lambda: {"day": 5.0, "call": 0.1, "inspection web": 1.0})
    spent: dict[str, float] = field(default_factory=lambda: {"day": 4.9, "call": 0.0, "inspection web": 0.95})

    def __post_init__(self) -> None:
        host = self.host
        self.keeper = BudgetKeeper(self.board, self.left_of, host.monitor, host.monitor, host.engine.ingest, host.clock)

    async def left_of(self, budget: str) -> float:
        raised = {each.budget: each.limit_usd for each in self.board.raises() if self.host.clock.now() < each.until}
        return raised.get(budget, self.limits[budget]) - self.spent[budget]

    async def stop(self, *stops: BudgetStop) -> None:
        for stop in stops:
            self.board.stop(stop)
        await self.turn()

    async def turn(self) -> None:
        await self.keeper.turn()
        await self.host.settles()

    async def questions(self) -> list[Decision]:
        return list((await self.host.monitor.decisions(50)).items)

    async def decide(self, *, approve: bool) -> None:
        [decision] = [each for each in await self.questions() if each.state is DecisionState.WAITING]
        operator = self.host.engine.operator
        await (operator.approve(decision.id, ANN) if approve else operator.reject(decision.id, ANN, "no"))
        running = asyncio.create_task(self.keeper.run())
        await self.host.while_turning(asyncio.sleep(0.05))
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await self.host.settles()

    async def restart(self) -> None:
        self.board = BudgetBoard()
        self.__post_init__()
        await self.keeper.recover()


@contextlib.asynccontextmanager
async def watching(folder: Path, mode: Mode = Mode.OBSERVE) -> AsyncIterator[Watch]:
    board = BudgetBoard()
    actions = ScriptedActions(RaiseModelBudget(board))
    async with scenario(folder, mode=mode, actions=actions, workers=Threads()) as host:
        yield Watch(host, board)


@pytest.mark.parametrize("mode", Mode)
async def test_a_person_is_asked_once_in_every_mode_however_often_it_stops(tmp_path: Path, mode: Mode) -> None:
    async with watching(tmp_path, mode) as watch:
        for _ in range(3):
            await watch.stop(DAY)
            await watch.host.passes(120, step_s=60)

        [question] = await watch.questions()

    assert (question.state, question.call) == (DecisionState.WAITING, RAISE)
    assert "from $5 to $10 until" in question.dry_run


async def test_an_approved_raise_is_in_force_at_once_and_ends_the_finding(tmp_path: Path) -> None:
    async with watching(tmp_path) as watch:
        await watch.stop(DAY)

        await watch.decide(approve=True)

        [question] = await watch.questions()
        assert (question.state, watch.board.raises()) == (
            DecisionState.VERIFIED,
            (BudgetRaise("day", 10.0, DAY.until),),
        )
        assert await watch.host.stage_of("day") == "resolved"
        assert watch.board.stops() == ()


async def test_a_raise_survives_a_restart_and_ends_with_its_day(tmp_path: Path) -> None:
    async with watching(tmp_path) as watch:
        await watch.stop(DAY)
        await watch.decide(approve=True)

        await watch.restart()
        assert watch.board.raises() == (BudgetRaise("day", 10.0, DAY.until),)
        watch.host.clock.advance(12 * 3600)
        await watch.turn()
        assert watch.board.raises() == ()

        await watch.restart()
        assert watch.board.raises() == ()


async def test_what_was_raised_is_not_raised_again_that_day_but_told(tmp_path: Path) -> None:
    async with watching(tmp_path) as watch:
        await watch.stop(DAY)
        await watch.decide(approve=True)
        watch.spent["day"] = 9.9

        await watch.stop(DAY)
        await watch.host.passes(3600, step_s=60)

        assert len(await watch.questions()) == 1
        assert await watch.host.stage_of("day") != "resolved"
        assert any("the budget of the day ($5) stops requests" in title for title in watch.host.told)


@pytest.mark.parametrize("restarts", [False, True])
async def test_who_said_no_is_not_asked_again_before_the_next_day(tmp_path: Path, restarts: bool) -> None:
    async with watching(tmp_path) as watch:
        await watch.stop(DAY)
        await watch.decide(approve=False)
        watch.spent["day"] = 0.0  # the limit was set otherwise, say
        await watch.turn()
        watch.spent["day"] = 4.9
        if restarts:
            await watch.restart()
        await watch.stop(DAY)
        await watch.host.passes(3600, step_s=60)
        today = len(await watch.questions())

        watch.host.clock.advance(12 * 3600)
        await watch.turn()
        between = await watch.host.stage_of("day")
        await watch.stop(BudgetStop("day", 5.0, 0.5, DAY.until + timedelta(days=1)))

        assert (today, between, len(await watch.questions())) == (1, "resolved", 2)


async def test_what_no_raise_would_let_pass_is_told_without_a_question(tmp_path: Path) -> None:
    async with watching(tmp_path) as watch:
        await watch.stop(BudgetStop("call", 0.1, 0.3, DAY.until))
        await watch.host.passes(600, step_s=60)

        assert await watch.questions() == []
        assert any("the budget of one request ($0.1) stops requests" in title for title in watch.host.told)


async def test_what_was_short_only_for_requests_under_way_is_no_matter_for_a_person(tmp_path: Path) -> None:
    async with watching(tmp_path) as watch:
        watch.spent["day"] = 1.0

        await watch.stop(DAY)

        assert (await watch.questions(), watch.host.told, watch.board.stops()) == ([], [], ())


async def test_each_budget_has_its_own_question_and_the_first_stays_as_it_was(tmp_path: Path) -> None:
    async with watching(tmp_path) as watch:
        await watch.stop(DAY)
        first = await watch.questions()
        await watch.stop(BudgetStop("inspection web", 1.0, 0.2, DAY.until))
        both = await watch.questions()

    assert [each.call.params["budget"] for each in both] == ["inspection web", "day"]
    assert both[1].id == first[0].id
    assert all(each.state is DecisionState.WAITING for each in both)


async def test_a_restart_knows_the_finding_and_does_not_ask_again(tmp_path: Path) -> None:
    async with watching(tmp_path) as watch:
        await watch.stop(DAY)
        await watch.restart()
        await watch.stop(DAY)
        assert len(await watch.questions()) == 1

        watch.spent["day"] = 0.0
        await watch.turn()
        assert await watch.host.stage_of("day") == "resolved"


async def test_cortex_asks_for_itself_where_other_programs_may_propose_nothing(tmp_path: Path) -> None:
    async with watching(tmp_path, Mode.ACT) as watch:
        watch.host.engine.take_over(replace(watch.host.rules, submitted=Permission.NEVER))

        await watch.host.report("another program", make_finding(proposed_action=RAISE))
        foreign = await watch.questions()
        await watch.stop(DAY)

        assert (foreign, [each.state for each in await watch.questions()]) == ([], [DecisionState.WAITING])

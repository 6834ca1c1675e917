"""From a request that did not leave to one that does: the gateway, the monitor, a person's yes, the gateway again."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from pathlib import Path

from probed.actions.raise_model_budget import RaiseModelBudget
from probed.agent.gateway.books import MonitorBooks, Payer
from probed.agent.gateway.gateway import MessagesGateway
from probed.config.agent import BudgetSettings
from probed.core.decision import DecisionState
from probed.core.model_call import CallOutcome
from probed.engine.model_budgets import BudgetKeeper
from probed.host.budget_board import BudgetBoard
from probed.monitor.sqlite import SqliteMonitor
from probed.testing import ScriptedActions
from tests.agent.arrange import make_settings, make_task
from tests.agent.gateway.test_gateway import client_of, post
from tests.engine.scenario import ANN, scenario
from tests.engine.test_model_budgets import Threads
from tests.real.messages_api import MessagesApi, text


async def becomes(monitor: SqliteMonitor, state: DecisionState) -> None:
    async with asyncio.timeout(20):
        while not (await monitor.decisions(10, state=state)).items:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.01)


async def test_a_run_under_way_goes_on_once_somebody_has_said_yes(tmp_path: Path) -> None:
    board = BudgetBoard()
    actions = ScriptedActions(RaiseModelBudget(board))
    with MessagesApi(lambda _: text("ok")) as api:
        async with scenario(tmp_path, actions=actions, workers=Threads()) as host:
            settings = replace(make_settings(tmp_path, api.base_url), budget=BudgetSettings(day_usd=0.002))
            books = MonitorBooks(host.monitor, host.monitor)
            gateway = MessagesGateway(settings, books, host.clock.now, board=board)
            monitor = host.monitor
            keeper = BudgetKeeper(board, gateway.left_of, monitor, monitor, host.engine.ingest, host.clock)
            keeping = asyncio.create_task(keeper.run())
            async with gateway.open(make_task(), time.monotonic() + 120) as door, client_of(door) as client:
                stopped = await post(client, door)
                assert gateway.is_stopped("disk")
                await host.while_turning(becomes(monitor, DecisionState.WAITING))
                [question] = (await monitor.decisions(10)).items
                await host.engine.operator.approve(question.id, ANN)
                await host.while_turning(becomes(monitor, DecisionState.VERIFIED))
                passed = await post(client, door)
                assert not gateway.is_stopped("disk")
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
            await gateway.close()
            decided = await monitor.decision(question.id)
            spent = await books.spent(Payer("run-1", "disk"), host.clock.now())

    assert (stopped.status_code, passed.status_code, len(api.requests)) == (400, 200, 1)
    assert decided.state is DecisionState.VERIFIED
    assert [call.outcome for call in door.relay.calls] == [CallOutcome.ANSWERED]
    assert 0 < spent.day_usd < 0.002

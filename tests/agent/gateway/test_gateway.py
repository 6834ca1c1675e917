"""Which server a run's requests go to, by the settings and by what is left."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from probed.agent.gateway.gateway import Door, MessagesGateway
from probed.config.agent import AgentSettings, BudgetSettings, LocalSettings, ModelRoute
from probed.core.breaker import BreakerFacts, BreakerState
from probed.core.finding import Severity
from probed.core.investigation import Task
from probed.core.model_call import CallOutcome, ModelCall
from probed.errors import ConfigError, NoAnswer
from tests.agent.arrange import MemoryBooks, make_settings, make_task
from tests.factories import NOW, make_finding
from tests.real.messages_api import Failure, MessagesApi, Reply, Request, text

LOCAL = "qwen3:14b"
SPENT = ModelCall("run-0", "other", datetime.now(UTC), "small", "x", "m", CallOutcome.ANSWERED, cost_usd=4.5)


async def asked(settings: AgentSettings, task: Task, books: MemoryBooks | None = None) -> httpx.Response:
    """One request through a door of its own."""
    gateway = MessagesGateway(settings, books or MemoryBooks(), lambda: datetime.now(UTC))
    try:
        async with gateway.open(task, time.monotonic() + 120) as door, client_of(door) as client:
            return await post(client, door)
    finally:
        await gateway.close()


def client_of(door: Door) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(door.socket)), base_url="http://gateway")


async def post(client: httpx.AsyncClient, door: Door) -> httpx.Response:
    fields = {"model": door.model, "max_tokens": 1000, "messages": []}
    return await client.post("/v1/messages", json=fields, headers={"x-api-key": door.token})


def of_tier(tier: str, **changes: object) -> Task:
    task = make_task(**changes)
    return replace(task, inspection=replace(task.inspection, agent=replace(task.inspection.agent, tier=tier)))


async def test_the_local_server_is_asked_for_its_own_model_and_costs_nothing(tmp_path: Path) -> None:
    books = MemoryBooks()
    with MessagesApi(lambda _: text("from here")) as api:
        settings = make_settings(
            tmp_path, "http://127.0.0.1:9", local=LocalSettings(base_url=api.base_url, model=LOCAL)
        )
        answer = await asked(settings, of_tier("local", budget_usd=0.0), books)

    assert answer.status_code == 200
    assert api.requests[0].body["model"] == LOCAL
    assert "sk-test" not in str(api.requests[0].headers)
    assert (books.calls[0].tier, books.calls[0].cost_usd) == ("local", 0.0)


async def test_a_rule_leads_elsewhere_when_it_is_bad_and_when_money_runs_short(tmp_path: Path) -> None:
    routes = (
        ModelRoute(tier="local", budget_left_below=20.0),
        ModelRoute(tier="large", severity=Severity.CRITICAL),
    )
    with MessagesApi(lambda _: text("ok")) as cloud, MessagesApi(lambda _: text("ok")) as own:
        local = LocalSettings(base_url=own.base_url, model=LOCAL)
        settings = make_settings(tmp_path, cloud.base_url, routes=routes, local=local)
        critical = make_task(findings=[make_finding(severity=Severity.CRITICAL)])
        await asked(settings, make_task())
        await asked(settings, critical)
        await asked(settings, critical, MemoryBooks([SPENT]))

    assert [request.body["model"] for request in cloud.requests] == ["claude-haiku-4-5", "claude-sonnet-4-6"]
    assert [request.body["model"] for request in own.requests] == [LOCAL]


async def test_where_the_first_tier_is_away_or_too_dear_the_next_stands_in(tmp_path: Path) -> None:
    with MessagesApi("unauthorized") as cloud, MessagesApi(lambda _: text("ok")) as own:
        local = LocalSettings(base_url=own.base_url, model=LOCAL)
        settings = make_settings(tmp_path, cloud.base_url, fallback=("local",), local=local)
        away = await asked(settings, make_task())
        dear = await asked(settings, make_task(budget_usd=0.0001))

    assert (away.status_code, dear.status_code) == (200, 200)
    assert (len(cloud.requests), len(own.requests)) == (1, 2)


async def test_the_days_budget_stops_what_the_run_could_pay(tmp_path: Path) -> None:
    with MessagesApi(lambda _: text("ok")) as api:
        settings = make_settings(tmp_path, api.base_url, budget=BudgetSettings(day_usd=4.5))
        answer = await asked(settings, make_task(), MemoryBooks([SPENT]))

    assert "the budget of the day ($4.5) has $0.0000 left" in answer.json()["error"]["message"]
    assert not api.requests


async def test_a_tier_that_is_not_set_up_and_a_key_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match=r"'local' .* not set up \(there are: small, large\)"):
        await asked(make_settings(tmp_path, "http://127.0.0.1:9"), of_tier("local"))
    with pytest.raises(ConfigError, match=r"agent\.api_key_file cannot be read"):
        await asked(AgentSettings(backend="claude", api_key_file=tmp_path / "nowhere"), make_task())


async def test_each_servers_breaker_is_told_with_the_next_try_and_what_is_under_way(tmp_path: Path) -> None:
    now_s, seen = 0.0, list[BreakerFacts]()

    def script(request: Request) -> Reply:
        seen.extend(gateway.breakers(NOW))
        return Failure(401, "authentication_error", "no") if request.number <= 3 else text("back")

    with MessagesApi(script) as api:
        settings = make_settings(tmp_path, api.base_url)
        gateway = MessagesGateway(settings, MemoryBooks(), lambda: NOW, lambda: now_s)
        assert gateway.breakers(NOW) == []
        async with gateway.open(make_task(), time.monotonic() + 120) as door, client_of(door) as client:
            for _ in range(4):
                await post(client, door)
            [opened] = gateway.breakers(NOW)
            now_s = 31.0
            await post(client, door)
            [closed] = gateway.breakers(NOW)
        await gateway.close()

    assert (opened.name, opened.state, opened.probe_at) == (
        "the model's API",
        BreakerState.OPEN,
        NOW + timedelta(seconds=30),
    )
    assert "401" in opened.why
    assert [each.state for each in seen] == [*[BreakerState.CLOSED] * 3, BreakerState.HALF_OPEN]
    assert closed.state is BreakerState.CLOSED

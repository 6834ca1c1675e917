from __future__ import annotations

import pytest

from probed.errors import CheckFailed, ParameterError
from tests.api.asgi import app_of, ask
from tests.api.fakes import World
from tests.api.test_submission import REPORT


@pytest.mark.parametrize(
    "path", ["/", "/api/v1", "/api/v1/", "/api/v1/reports/", "/api/v3/alerts", "/%2e%2e", "/a%0ab"]
)
async def test_an_unknown_address_is_a_json_404(path: str) -> None:
    answer = await ask(app_of(World()), "GET", path)
    assert (answer.status, answer.error["code"]) == (404, "not_found")
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v1/reports", {"GET", "HEAD", "POST"}),
        ("PUT", "/api/v1/status", {"GET", "HEAD"}),
        ("GET", "/api/v1/decisions/x/approve", {"POST"}),
        ("OPTIONS", "/healthz", {"GET", "HEAD"}),
        ("strange", "/healthz", {"GET", "HEAD"}),
    ],
)
async def test_an_unknown_method_is_told_which_there_are(method: str, path: str, allowed: set[str]) -> None:
    answer = await ask(app_of(World()), method, path)
    assert (answer.status, answer.error["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == allowed


async def test_what_the_monitor_cannot_store_is_the_senders_mistake() -> None:
    world = World()
    world.operator.failure = ParameterError("", "'\\ud800' is not text that can be stored")
    answer = await ask(app_of(world), "POST", "/api/v1/reports", REPORT)
    assert (answer.status, answer.error["code"]) == (400, "invalid")
    assert "not text that can be stored" in answer.error["message"]


@pytest.mark.parametrize("error", [RuntimeError("password=hunter2"), CheckFailed("password=hunter2")])
async def test_an_unexpected_error_tells_nothing_and_goes_on_to_the_log(error: Exception) -> None:
    world = World()
    world.queries.failure = error
    answer = await ask(app_of(world), "GET", "/api/v1/runs")
    assert (answer.status, answer.error["code"]) == (500, "internal")
    assert b"hunter2" not in answer.body
    assert answer.failure is error

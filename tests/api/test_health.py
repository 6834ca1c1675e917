from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from probed.engine.overview import ReadinessProbe
from tests.api.asgi import app_of, ask
from tests.api.fakes import World

WELL = ReadinessProbe("monitor", True, "wrote in 2 ms")
ILL = ReadinessProbe("scheduler", False, "its thread is gone")


async def test_a_daemon_that_answers_is_alive_even_when_it_is_not_ready() -> None:
    world = World(probes=[ILL])
    answer = await ask(app_of(world), "GET", "/healthz")
    assert (answer.status, answer.json) == (200, {"alive": True})


async def test_ready_means_that_each_probe_succeeded() -> None:
    answer = await ask(app_of(World(probes=[WELL])), "GET", "/readyz")
    probe = {"name": "monitor", "ok": True, "detail": "wrote in 2 ms"}
    assert (answer.status, answer.json) == (200, {"ready": True, "probes": [probe]})


async def test_one_failed_probe_is_enough_and_all_are_shown() -> None:
    answer = await ask(app_of(World(probes=[WELL, ILL])), "GET", "/readyz")
    assert (answer.status, answer.json["ready"]) == (503, False)
    assert [(probe["name"], probe["ok"]) for probe in answer.json["probes"]] == [
        ("monitor", True),
        ("scheduler", False),
    ]


async def test_probes_that_hang_are_a_failed_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang() -> Sequence[ReadinessProbe]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr("probed.api.routes.health.PROBES_DEADLINE_S", 0.01)
    answer = await asyncio.wait_for(ask(app_of(World(), readiness=hang), "GET", "/readyz"), 60)
    assert (answer.status, answer.json["ready"]) == (503, False)
    assert "no answer within" in answer.json["probes"][0]["detail"]

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from probed.agent.probes.containers import PROBE
from probed.host import docker
from tests.agent.probes.asking import ask, rows_of

WEB = docker.Container(
    id="1",
    name="web",
    image="nginx:1",
    status="running",
    exit_code=0,
    oom_killed=False,
    error="",
    health="healthy",
    health_output="",
    restart_policy="always",
    max_retries=0,
    restarts=0,
    started_at=datetime(2026, 11, 1, tzinfo=UTC),
    finished_at=None,
)
WORKER = replace(
    WEB, name="worker", status="exited", exit_code=137, oom_killed=True, health="", finished_at=WEB.started_at
)


@pytest.fixture(autouse=True)
def engine_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "containers", lambda: (WEB, WORKER))


async def test_containers_in_trouble_come_first() -> None:
    rows = rows_of(await ask(PROBE))

    assert [row["name"] for row in rows] == ["worker", "web"]
    assert (rows[0]["exit_code"], rows[0]["oom_killed"], rows[0]["ended"]) == (137, True, "2026-11-01T00:00:00Z")
    assert rows[1]["ended"] is None


async def test_a_name_narrows_the_answer() -> None:
    assert [row["name"] for row in rows_of(await ask(PROBE, name="we"))] == ["web"]

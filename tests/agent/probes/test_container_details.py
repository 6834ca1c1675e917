"""What a container said, and how it is set up, against a real engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from probed.agent.probes import container_inspect, container_logs
from probed.agent.probes.table import Table
from probed.errors import HostFailed, NotHere, ParameterError
from probed.host import container_details
from tests.agent.arrange import ImmediateWorkers
from tests.agent.probes.asking import ask, rows_of
from tests.real.docker_engine import DockerEngine, docker_engine

COUNTS = "for i in 0 1 2 3 4 5 6 7 8 9; do echo line $i; done; echo password=hunter2; printf 'a\\0b\\n'; sleep 1000"


@pytest.fixture(scope="module")
def engine() -> Iterator[DockerEngine]:
    with docker_engine() as started:
        yield started


@pytest.fixture(autouse=True)
def _address(engine: DockerEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DOCKER_HOST", engine.address)
    yield
    engine.remove_all()


def await_lines(name: str, count: int) -> None:
    end = time.monotonic() + 120
    while len(container_details.said(name, 100)) < count and time.monotonic() < end:
        time.sleep(0.05)


async def test_what_it_said_is_told_newest_first_and_paged_back_without_a_gap(engine: DockerEngine) -> None:
    engine.run("talker", ["sh", "-c", COUNTS])
    await_lines("talker", 12)

    table: Table | None = await container_logs.PROBE.answer({"name": "talker", "lines": 5}, ImmediateWorkers(), 5)
    lines: list[Any] = []
    while table:
        lines += [row[1] for row in table.rows]
        table = table.more() if table.more else None

    assert lines[:2] == ["a\0b", "password=***secret***"]
    assert lines[2:] == [f"line {number}" for number in reversed(range(10))]
    found = rows_of(await ask(container_logs.PROBE, name="talker", contains="LINE 3"))
    assert [row["line"] for row in found] == ["line 3"]
    assert found[0]["time"].startswith("20")


async def test_how_it_is_set_up_is_told_without_the_values_of_its_environment(engine: DockerEngine) -> None:
    config = engine.client.create_host_config(network_mode="none", mem_limit="64m", restart_policy={"Name": "always"})
    made = engine.client.create_container(
        "cortex-test-busybox",
        ["sleep", "1000", "--password=hunter2"],
        name="web",
        host_config=config,
        environment={"DB_PASSWORD": "hunter2", "LANG": "C"},
        labels={"version": "3", "traefik.auth": "ann:hunter2", "note": "password=hunter2"},
    )

    answer = await ask(container_inspect.PROBE, name="web")
    facts = {row["fact"]: row["value"] for row in rows_of(answer)}

    assert made["Id"]
    assert "hunter2" not in str(answer)
    assert {"DB_PASSWORD", "LANG"} <= set(facts["variables of its environment, without values"].split())
    assert facts["limit Memory"] == 64 * 2**20
    assert facts["restart policy"].startswith("Name: always")
    assert (facts["label version"], facts["label traefik.auth"]) == ("3", "***secret***")
    assert facts["state Status"] == "created"


@pytest.mark.parametrize("probe", [container_logs.PROBE, container_inspect.PROBE], ids=lambda probe: probe.name)
async def test_a_container_that_is_not_there_is_no_answer(probe: Any) -> None:
    with pytest.raises(HostFailed, match="there is no container ghost"):
        await ask(probe, name="ghost")
    for name in ("a/b", "../x", "-x", "", "a\nb", "a?b=c"):
        with pytest.raises(ParameterError):
            await ask(probe, name=name)


async def test_a_container_that_says_more_than_is_kept_has_a_bound(
    engine: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container_details, "MOST_BYTES", 10_000)
    engine.run("loud", ["sh", "-c", "yes 0123456789012345678901234567890123456789 | head -n 5000; sleep 1000"])
    await_lines("loud", 50)

    assert sum(len(each.text) for each in container_details.said("loud", 200)) <= 10_000


async def test_without_an_engine_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")

    with pytest.raises(NotHere):
        await ask(container_logs.PROBE, name="web")

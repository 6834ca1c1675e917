"""A real Docker engine, whose containers die and which itself is killed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.core.host_event import ANY, Concern, EventSource
from probed.errors import HostFailed, NotHere
from probed.events import containers
from tests.events.listening import listening
from tests.real.docker_engine import DockerEngine, docker_engine

pytestmark = pytest.mark.docker
EVERY = Concern(EventSource.DOCKER, (ANY,), exclude=("other*",))


@pytest.fixture(scope="module")
def engine() -> Iterator[DockerEngine]:
    with docker_engine() as engine, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", engine.address)
        yield engine


async def test_a_container_that_dies_is_told_and_one_that_nobody_watches_is_not(engine: DockerEngine) -> None:
    for name in ("web", "other-1"):
        engine.run(name, ["sleep", "1000"])
    async with listening(containers.follow, EVERY) as (heard, _):
        await asyncio.to_thread(engine.client.kill, "other-1")
        await asyncio.to_thread(engine.client.kill, "web")
        await heard.until(lambda told: "web" in told)

        assert set(heard.objects) == {"web"}


async def test_nothing_is_left_of_a_source_that_is_no_longer_wanted(engine: DockerEngine) -> None:
    async with listening(containers.follow, EVERY):
        pass
    for _ in range(6000):
        if "events of docker" not in {thread.name for thread in threading.enumerate()}:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("its thread still waits for events")


async def test_a_host_without_an_engine_has_no_such_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")

    with pytest.raises(NotHere, match="Docker engine"):
        async with listening(containers.follow, EVERY):
            pass


async def test_an_engine_that_is_killed_is_lost(engine: DockerEngine) -> None:
    """The last one: the engine is gone after it."""
    async with listening(containers.follow, EVERY) as (_, task):
        engine.process.kill()
        with pytest.raises(HostFailed, match="Docker engine"):
            await asyncio.wait_for(task, 120)

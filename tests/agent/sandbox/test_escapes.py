"""A hostile program in the place of the model's, in bubblewrap and in a container of the real engine. In the unit:
tests/e2e/test_agent_unit.py."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from probed.agent.sandbox.bubblewrap import Bubblewrap
from probed.agent.sandbox.container import LABEL, DockerContainer
from probed.agent.sandbox.program import Sandbox
from probed.agent.sandbox.unconfined import Unconfined
from probed.config.agent import AgentSettings, ProgramLimits
from tests.agent.sandbox.arrange import (
    TARGETS,
    Prey,
    as_ordinary_user,
    attempt,
    beyond,
    ends,
    is_running,
    outcomes,
    outlives,
    prey_in,
)
from tests.conftest import require
from tests.real.packages import program

MIB = 2**20
LIMITS = ProgramLimits(memory=192 * MIB, processes=32, cpus=0.5, disk=4 * MIB)
SETTINGS = AgentSettings(backend="claude", limits=LIMITS)
CHECKOUT = Path(__file__).parents[3]
PRIVATE = {"/agent/run/home", "/tmp"}
"""What it may write to, in memory, gone with it."""


@pytest.fixture(params=["bwrap", pytest.param("docker", marks=pytest.mark.docker)])
def sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    if request.param == "bwrap":
        program("bwrap", "bubblewrap")
        return Bubblewrap(SETTINGS)
    monkeypatch.setenv("DOCKER_HOST", request.getfixturevalue("engine"))
    return DockerContainer(SETTINGS, Path("/nowhere"))


@pytest.fixture
def prey(tmp_path: Path) -> Iterator[Prey]:
    with prey_in(tmp_path) as found:
        yield found


async def test_a_program_runs_in_it(sandbox: Sandbox) -> None:
    await sandbox.check()


async def test_it_writes_nowhere_but_into_its_own_memory(sandbox: Sandbox, prey: Prey) -> None:
    wrote = (await attempt(sandbox, "write_outside", prey.told())).achieved

    assert top(wrote) == PRIVATE
    assert prey.is_untouched()


async def test_it_reads_no_secret_of_the_host_or_the_daemon(sandbox: Sandbox, prey: Prey) -> None:
    assert (await attempt(sandbox, "read_secrets", prey.told())).achieved == []


async def test_it_neither_signals_nor_traces_the_daemon(sandbox: Sandbox, prey: Prey) -> None:
    assert (await attempt(sandbox, "touch_the_daemon", prey.told())).achieved == []
    assert prey.is_untouched()


async def test_it_reaches_no_socket_of_the_host(sandbox: Sandbox, prey: Prey) -> None:
    assert (await attempt(sandbox, "reach_sockets", prey.told())).achieved == []


async def test_it_reaches_no_network(sandbox: Sandbox, prey: Prey) -> None:
    assert (await attempt(sandbox, "reach_network", prey.told())).achieved == []


async def test_it_gains_no_right(sandbox: Sandbox) -> None:
    assert (await attempt(sandbox, "gain_rights", {})).achieved == []


@pytest.mark.parametrize(
    "name", ["read_secrets", "touch_the_daemon", "reach_sockets", "reach_network", "write_outside"]
)
async def test_each_attempt_is_a_real_one(name: str, prey: Prey, tmp_path: Path) -> None:
    """Where nothing is kept from the program it achieves what it tries."""
    told = {**prey.told(), "folders": [str(prey.folder)], "everywhere": False}

    achieved = (await attempt(Unconfined(tmp_path / "state"), name, told)).achieved

    assert len(achieved) >= {"reach_sockets": 2, "reach_network": 3}.get(name, 1)


async def test_a_fork_bomb_goes_no_further_than_its_limit(sandbox: Sandbox) -> None:
    assert (await beyond(sandbox, "bomb", LIMITS.processes)).achieved < LIMITS.processes


async def test_it_fills_no_disk(sandbox: Sandbox) -> None:
    filled = (await attempt(sandbox, "fill", {"most": LIMITS.disk})).achieved

    assert top(filled) == PRIVATE
    assert max(filled.values()) <= LIMITS.disk


async def test_it_gets_no_more_memory_than_its_limit(sandbox: Sandbox) -> None:
    ate = await beyond(sandbox, "eat", LIMITS.memory)

    assert ate.achieved is None
    assert ate.exit_code != 0


async def test_nor_do_all_that_it_starts_together(sandbox: Sandbox) -> None:
    ate = await beyond(sandbox, "eat_together", LIMITS.memory)

    assert ate.achieved is None or ate.achieved <= LIMITS.memory


@pytest.mark.parametrize("name", ["outlive", "hold_on"])
async def test_nothing_outlives_the_run(name: str, sandbox: Sandbox) -> None:
    assert not await outlives(sandbox, name)


async def test_a_container_gets_no_more_of_the_processors_than_its_limit(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", engine)

    assert (await attempt(DockerContainer(SETTINGS, Path("/nowhere")), "processors", {})).achieved == LIMITS.cpus


@pytest.mark.filterwarnings("ignore:.*fork")
def test_an_ordinary_users_bubblewrap_holds_as_well() -> None:
    """In a user namespace, where the program owns all that was made for it."""
    require("root, to become an ordinary user", present=os.geteuid() == 0)
    program("bwrap", "bubblewrap")

    def work() -> Any:
        with tempfile.TemporaryDirectory() as folder:
            return asyncio.run(outcomes(Bubblewrap(SETTINGS), Path(folder), LIMITS))

    asyncio.run(attempt(Bubblewrap(SETTINGS), "gain_rights", {}))  # loads what that user may not be able to
    found = as_ordinary_user(work, uid=61001)

    assert top(found["write_outside"]) == PRIVATE
    assert {name: found[name] for name in TARGETS if found[name]}.keys() == {"write_outside"}
    assert found["untouched"]
    assert found["bomb"] < LIMITS.processes
    assert top(found["fill"]) == PRIVATE
    assert max(found["fill"].values()) <= LIMITS.disk
    assert found["eat"] is None
    assert found["eat_together"] is None or found["eat_together"] <= LIMITS.memory
    assert (found["outlive"], found["hold_on"]) == (False, False)


async def test_containers_that_a_killed_daemon_left_are_removed_and_another_daemons_are_not(
    engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", engine)
    own, others = (DockerContainer(SETTINGS, tmp_path / name) for name in ("own", "others"))
    for container, seconds in ((own, "300.25"), (others, "300.75")):
        _leave(engine, container, seconds)

    await own.sweep()
    still_run = [seconds for seconds in ("300.25", "300.75") if is_running("/usr/bin/sleep", seconds)]
    await others.sweep()

    assert still_run == ["300.75"]
    assert not is_running("/usr/bin/sleep", "300.75")


def _leave(engine: str, container: DockerContainer, seconds: str) -> None:
    """As an earlier process of its daemon would."""
    started = subprocess.run(
        [
            *("docker", "run", "--detach", "--label", f"{LABEL}=0badcafe", "--label", container.owner),
            *("--network=none", "--volume=/usr:/usr:ro", "--volume=/lib:/lib:ro", "--volume=/lib64:/lib64:ro"),
            *("--entrypoint=/usr/bin/sleep", "cortex-agent", seconds),
        ],
        capture_output=True,
        text=True,
        env=_asking(engine),
        check=False,
    )
    assert started.returncode == 0, started.stderr


DAEMON = """
import asyncio, sys, time
from pathlib import Path
from probed.agent.sandbox.bubblewrap import Bubblewrap
from tests.agent.sandbox.arrange import hostile_program
from tests.agent.sandbox.test_escapes import SETTINGS

async def main():
    sandbox = Bubblewrap(SETTINGS)
    program = hostile_program(sandbox, "hold_on", {"seconds": sys.argv[1]}, time.monotonic() + 600)
    async with sandbox.running(program) as child:
        print((await child.read()).decode(), flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


def test_what_is_in_bubblewrap_ends_with_a_daemon_that_is_killed() -> None:
    program("bwrap", "bubblewrap")
    seconds = f"300.{secrets.randbelow(10**9)}"
    with subprocess.Popen([sys.executable, "-c", DAEMON, seconds], stdout=subprocess.PIPE, cwd=CHECKOUT) as daemon:
        try:
            assert daemon.stdout
            assert daemon.stdout.readline() == b'"held on"\n'
            assert is_running("sleep", seconds)
        finally:
            daemon.kill()

        assert ends("sleep", seconds)


def _asking(address: str) -> Mapping[str, str]:
    return {**os.environ, "DOCKER_HOST": address}


def top(folders: Iterable[str]) -> set[str]:
    """Without what lies in its own /tmp: where the checkout is below /tmp, the way to it does."""
    return {folder for folder in folders if not folder.startswith("/tmp/")}

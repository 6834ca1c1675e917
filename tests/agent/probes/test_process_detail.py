from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from probed.agent.probes.process_detail import PROBE
from probed.errors import HostFailed, ParameterError
from tests.agent.probes.asking import ask, rows_of
from tests.real.users import as_nobody

PROGRAM = os.path.realpath(sys.executable)
WAITS = "import sys; open('/dev/null'); print(flush=True); sys.stdin.read()"


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    argv = [sys.executable, "-c", WAITS, "--password=hunter2", "-uann:hunter2", "na\nme"]
    env = {"DB_PASSWORD": "hunter2", "LANG": "C"}
    with subprocess.Popen(argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout
        started.stdout.readline()
        yield started
        started.kill()


async def facts_of(pid: int) -> dict[str, Any]:
    return {row["fact"]: row["value"] for row in rows_of(await ask(PROBE, pid=pid))}


async def test_all_that_the_kernel_tells_is_told_without_secrets(process: subprocess.Popen[bytes]) -> None:
    facts = await facts_of(process.pid)

    assert "--password=***secret***" in facts["command"]
    assert facts["variables of its environment, without values"] == "DB_PASSWORD LANG"
    assert "hunter2" not in str(facts)
    assert facts["State"][0] in "RS"
    assert facts["limit open files"]
    assert int(facts["open descriptors"]) >= 3
    assert facts["open pipe"] == "2"
    assert "processor time" in next(value for name, value in facts.items() if name.startswith("thread "))
    assert facts["exe"] == PROGRAM
    assert "io read_bytes" in facts
    assert facts["cgroup"].startswith("/")


async def test_of_another_users_process_what_everybody_may_know(process: subprocess.Popen[bytes]) -> None:
    with as_nobody():
        facts = await facts_of(process.pid)

    assert facts["name"]
    assert "exe" not in facts
    assert facts["variables of its environment, without values"] == ""


async def test_a_process_that_is_not_there_is_no_answer() -> None:
    with pytest.raises(HostFailed, match="there is no process"):
        await ask(PROBE, pid=2**22)


@pytest.mark.parametrize("pid", [0, -1, 2**40, "self", "1/../1", None])
async def test_what_is_no_pid_is_refused(pid: object) -> None:
    with pytest.raises(ParameterError):
        await ask(PROBE, pid=pid)

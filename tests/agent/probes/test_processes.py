from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from probed.agent.probes.processes import PROBE
from tests.agent.probes.asking import ask, rows_of


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield process
        process.kill()


@pytest.fixture
def spinner() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield process
        process.kill()


async def test_the_newest_process_comes_first(sleeper: subprocess.Popen[bytes]) -> None:
    rows = rows_of(await ask(PROBE, sort="newest", limit=50))

    (found,) = [row for row in rows if row["pid"] == sleeper.pid]
    assert found["parent"] == os.getpid()
    assert found["rss_mib"] > 1
    ages = [row["age_s"] for row in rows]
    assert ages == sorted(ages)


async def test_the_use_of_the_processor_is_measured_now(spinner: subprocess.Popen[bytes]) -> None:
    rows = rows_of(await ask(PROBE, sort="cpu"))

    (found,) = [row for row in rows if row["pid"] == spinner.pid]
    assert found["cpu_percent"] > 1


async def test_a_name_narrows_the_answer() -> None:
    assert rows_of(await ask(PROBE, name="no-such-program")) == []


async def test_what_is_left_out_is_counted(sleeper: subprocess.Popen[bytes]) -> None:
    answer = await ask(PROBE, limit=1)

    assert len(answer["rows"]) == 1
    assert answer["truncated"].startswith("the first 1 of ")

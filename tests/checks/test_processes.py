from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from probed.core.finding import Severity
from tests.checks.looking import judged, observations, observe

NAME = "cortex-test-proc"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    (program := tmp_path / NAME).symlink_to("/bin/sleep")
    started = [subprocess.Popen([program, "60"]) for _ in range(2)]
    time.sleep(0.1)
    yield started
    for each in started:
        each.kill()
        each.wait()


@pytest.mark.parametrize(
    ("bounds", "severity"),
    [
        ({}, None),
        ({"min": 2, "max": 2}, None),
        ({"min": 3}, Severity.CRITICAL),
        ({"max": 1}, Severity.WARNING),
    ],
)
@pytest.mark.usefixtures("two")
def test_a_named_process_is_counted_against_its_bounds(bounds: dict[str, object], severity: Severity | None) -> None:
    observation = observe("processes", {"name": NAME, **bounds})

    assert (observation.object, observation.value) == (NAME, 2)
    assert judged(observation) is severity


def test_a_named_process_that_does_not_run_is_critical() -> None:
    observation = observe("processes", {"name": "cortex-test-nothing", "for": "5m"})

    assert judged(observation) is Severity.CRITICAL
    assert observation.threshold
    assert observation.threshold.for_s == 300


def test_an_ended_process_does_not_count_as_running(two: list[subprocess.Popen[bytes]]) -> None:
    two[0].kill()
    os.waitid(os.P_PID, two[0].pid, os.WEXITED | os.WNOWAIT)

    assert observe("processes", {"name": NAME}).value == 1


def test_zombies_are_counted_and_their_parent_is_named() -> None:
    zombies = [subprocess.Popen([sys.executable, "-c", "pass"]) for _ in range(3)]
    for each in zombies:
        os.waitid(os.P_PID, each.pid, os.WEXITED | os.WNOWAIT)
    try:
        observation = observations("processes", {"zombies": 3})["zombies"]
    finally:
        for each in zombies:
            each.wait()

    assert judged(observation) is Severity.WARNING
    parents = cast(list[dict[str, object]], observation.evidence["parents"])
    assert {each["pid"]: each["zombies"] for each in parents}[os.getpid()] == 3


def test_a_host_with_few_threads_is_healthy() -> None:
    observation = observations("processes")["threads"]

    assert 0 < (observation.value or 0) < 80
    assert judged(observation) is None

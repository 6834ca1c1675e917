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
from probed.host import cgroup, proc, process_table
from tests.checks.looking import judged, observations, observe
from tests.real.docker_engine import DockerEngine, docker_engine
from tests.real.proc_tree import write_process

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


@pytest.fixture(scope="module")
def engine() -> Iterator[DockerEngine]:
    with docker_engine() as started:
        yield started
        started.remove_all()


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
    assert f"of {parents[0]['name']} (pid {parents[0]['pid']})" in observation.summary


def test_a_host_with_few_threads_is_healthy() -> None:
    observation = observations("processes")["threads"]

    assert 0 < (observation.value or 0) < 80
    assert judged(observation) is None


def test_a_control_group_at_its_limit_of_tasks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree as the kernel shows it: not every machine lets a test make a group with a limit."""
    for name, tasks, limit in (
        ("system.slice/full.service", 96, "100"),
        ("docker/free", 7, "100"),
        ("user", 90, "max"),
    ):
        (group := tmp_path / name).mkdir(parents=True)
        (group / "pids.current").write_text(f"{tasks}\n")
        (group / "pids.max").write_text(f"{limit}\n")
        (group / "pids.events").write_text("max 12\n")
    monkeypatch.setattr(cgroup, "ROOT", str(tmp_path))

    found = observations("processes")

    assert set(found) == {"threads", "zombies", "/system.slice/full.service"}
    assert judged(found["/system.slice/full.service"]) is Severity.CRITICAL
    assert found["/system.slice/full.service"].evidence == {"tasks": 96, "limit": 100, "refused": 12}


@pytest.mark.docker
def test_a_container_that_may_start_nothing_more_is_told(engine: DockerEngine) -> None:
    engine.run("crowded", ["sh", "-c", "for each in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; wait"], pids_limit=10)
    end = time.monotonic() + 120
    while not any(judged(seen) for name, seen in observations("processes").items() if "docker" in name):
        assert time.monotonic() < end
        time.sleep(0.2)


def test_in_a_process_namespace_only_what_is_there_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """There the kernel still tells the threads of the whole host: a private tree of two processes."""
    monkeypatch.setattr(proc, "threads", lambda: (900, 1000))
    monkeypatch.setattr(process_table, "PROC", tmp_path)
    for pid in (1, 2):
        write_process(tmp_path, pid, "sh")

    assert observations("processes")["threads"].value == 0.2
    write_process(tmp_path, 2, "kthreadd", flags=0x208040)
    assert observations("processes")["threads"].value == 90

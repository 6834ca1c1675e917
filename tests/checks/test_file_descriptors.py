from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import descriptors, process_table
from tests.checks.looking import judged, look, observations
from tests.real.proc_tree import write_process
from tests.real.users import as_nobody

LEAKS = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
kept = [open("/dev/null") for _ in range(int(sys.argv[1]))]
open("/proc/self/comm", "w").write("cortex-leaks")
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def leaking(files: int) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-c", LEAKS, str(files)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout
        assert started.stdout.readline() == "ready\n"
        yield started
        started.kill()


@pytest.mark.parametrize(("files", "severity"), [(10, None), (82, Severity.WARNING), (94, Severity.CRITICAL)])
def test_a_process_is_judged_by_its_own_limit(files: int, severity: Severity | None) -> None:
    with leaking(files) as process:
        observation = observations("file_descriptors", {"name": "cortex-leaks"})["cortex-leaks"]

    assert judged(observation) is severity
    assert observation.evidence["limit"] == 100
    assert observation.evidence["pid"] == process.pid
    assert f"(pid {process.pid})" in observation.summary


def test_a_limit_that_may_not_be_asked_for_is_read() -> None:
    with leaking(82) as process:
        [task] = [each for each in process_table.tasks() if each.pid == process.pid]
        with as_nobody():
            its = descriptors.of_process(task)

    assert its
    assert its.limit == 100


def test_one_that_comes_near_its_limit_is_told_without_being_named() -> None:
    with leaking(90):
        found = observations("file_descriptors")

    assert judged(found["cortex-leaks"]) is Severity.WARNING
    assert judged(found["system"]) is None
    assert 0 < (found["system"].evidence["open"]) < found["system"].evidence["limit"]  # type: ignore[operator]


def test_a_named_program_that_does_not_run_is_absent() -> None:
    assert look("file_descriptors", {"name": "cortex-nothing"}) == (Absent("process cortex-nothing"),)


@pytest.mark.parametrize(("fd_size", "is_hidden"), [(64, False), (1024, True)])
def test_where_only_an_upper_bound_is_known_it_may_suffice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fd_size: int, is_hidden: bool
) -> None:
    """The processes of another user before kernel 6.2: a private tree without their folders `fd`."""
    write_process(tmp_path, 5, "postgres", fd_size=fd_size)
    monkeypatch.setattr(process_table, "PROC", tmp_path)
    monkeypatch.setattr(descriptors, "PROC", tmp_path)

    answer = look("file_descriptors")

    assert any(isinstance(item, Absent) for item in answer) is is_hidden
    assert not any(judged(item) for item in answer if not isinstance(item, Absent))


def test_one_without_a_limit_has_no_share(tmp_path: Path) -> None:
    write_process(tmp_path, 5, "free", limit="unlimited")
    (task,) = process_table.tasks(tmp_path)

    assert descriptors.of_process(task, tmp_path) is None

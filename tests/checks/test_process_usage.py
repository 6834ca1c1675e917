from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.checks import process_usage, since_last_look
from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Absent
from probed.errors import ParameterError
from tests.checks.looking import REGISTRY, judged, look, observations

BUSY = """
import threading, time
held = bytearray(40_000_000)
for _ in range(4):
    threading.Thread(target=time.sleep, args=(60,)).start()
print("ready", flush=True)
while True:
    pass
"""
PARENT = """
import subprocess, time
for _ in range(3):
    subprocess.Popen(["sleep", "60"])
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _fresh_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    process_usage._windows.clear()
    monkeypatch.setattr(since_last_look, "NEAREST_S", 0.0)


@contextlib.contextmanager
def running(folder: Path, name: str, code: str) -> Iterator[int]:
    """A Python of that name; it is ended with all that it has started."""
    interpreter = folder / name
    interpreter.symlink_to(sys.executable)
    reading, writing = os.pipe()
    process = subprocess.Popen([interpreter, "-c", code], start_new_session=True, stdout=writing)
    os.close(writing)
    try:
        with os.fdopen(reading) as said:
            assert said.readline() == "ready\n"
        yield process.pid
    finally:
        subprocess.run(["kill", "-9", "--", f"-{process.pid}"], check=False)
        process.wait(60)


def test_what_a_program_takes_is_measured_and_bounded(tmp_path: Path) -> None:
    bounds = {"cpu": "5%", "memory": "30MB", "threads": 5, "processes": 2, "descriptors": 1000}
    with running(tmp_path, "cx-greedy", BUSY):
        look("process_usage", {"name": "cx-greedy"})
        while True:  # others may have the processors for now
            time.sleep(0.5)
            found = observations("process_usage", {"name": "cx-greedy", **bounds})
            if judged(found["cx-greedy cpu"]):
                break

    assert {name.removeprefix("cx-greedy "): judged(each) for name, each in found.items()} == {
        "cpu": Severity.WARNING,
        "memory": Severity.WARNING,
        "threads": Severity.WARNING,
        "processes": None,
        "descriptors": None,
    }
    assert found["cx-greedy threads"].value == 5


def test_what_it_has_started_counts_where_that_is_wanted(tmp_path: Path) -> None:
    with running(tmp_path, "cx-parent", PARENT):
        alone = observations("process_usage", {"name": "cx-parent"})["cx-parent processes"]
        together = observations("process_usage", {"name": "cx-parent", "children": True, "processes": 4})

    assert alone.value == 1
    assert together["cx-parent processes"].value == 4
    assert judged(together["cx-parent processes"]) is Severity.WARNING


def test_how_long_it_runs_can_be_bounded_on_both_sides(tmp_path: Path) -> None:
    with running(tmp_path, "cx-young", PARENT):
        found = observations("process_usage", {"name": "cx-young", "started_within": "5m", "runs_for": "1d"})

    assert judged(found["cx-young start"]) is Severity.WARNING
    assert judged(found["cx-young age"]) is None


def test_a_program_that_does_not_run_is_another_checks_finding() -> None:
    assert look("process_usage", {"name": "cx-none"}) == (Absent("process cx-none"),)


def test_a_percentage_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterError, match="one processor"):
        REGISTRY.bind(CheckCall("process_usage", {"name": "x", "cpu": "much"}))

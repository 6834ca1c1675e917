from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from probed.checks import process_growth
from probed.core.finding import Severity
from probed.core.growth import FEWEST, steady_growth
from probed.core.observation import Absent, Observation
from tests.checks.looking import judged, look, observations

GROWS = """
import os, sys
open("/proc/self/comm", "w").write("cortex-grows")
held = []
for line in sys.stdin:
    what, amount = line.split()
    if what == "memory":
        held.append(os.urandom(int(amount) * 2**20))
    elif what == "files":
        held += [open("/dev/null") for _ in range(int(amount))]
    else:
        held.clear()
    print("done", flush=True)
"""
PARAMS = {"name": "cortex-grows", "window": "10m", "warm_up": "0s", "memory_at_least": "8MiB"}


class Program:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def told(self, what: str, amount: int = 0) -> None:
        assert self._process.stdin
        assert self._process.stdout
        print(what, amount, file=self._process.stdin, flush=True)
        assert self._process.stdout.readline() == "done\n"


@contextmanager
def running() -> Iterator[Program]:
    with subprocess.Popen([sys.executable, "-c", GROWS], stdin=-1, stdout=-1, text=True) as process:
        program = Program(process)
        program.told("forget")
        yield program
        process.kill()


@pytest.fixture(autouse=True)
def _a_minute_between_looks_at_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_growth, "_past", process_growth._Past())
    moments = itertools.count(0, 30)
    clock = SimpleNamespace(**{**vars(time), "monotonic": lambda: float(next(moments))})
    monkeypatch.setattr(process_growth, "time", clock)


def after(what: list[tuple[str, int]], **params: object) -> dict[str, Observation]:
    """A real program does this, with a look after each; the window is of ten minutes, and a look every minute."""
    with running() as program:
        for order in what:
            program.told(*order)
            found = observations("process_growth", {**PARAMS, **params})
    return found


def test_memory_that_grows_and_is_never_given_back_is_a_leak() -> None:
    leak = after([("memory", 3)] * 12)["cortex-grows memory"]

    assert judged(leak) is Severity.WARNING
    assert "gives none back" in leak.summary


def test_descriptors_that_grow_are_a_leak() -> None:
    found = after([("files", 12)] * 12)

    assert judged(found["cortex-grows descriptors"]) is Severity.WARNING
    assert judged(found["cortex-grows memory"]) is None


def test_a_program_that_forgets_now_and_then_does_not_leak() -> None:
    found = after([("memory", 4), ("files", 20), ("memory", 4), ("forget", 0)] * 3)

    assert [judged(each) for each in found.values()] == [None, None]


def test_little_growth_is_no_finding_and_what_is_off_never_is() -> None:
    steps = [("files", 12)] * 12

    assert judged(after(steps, descriptors_at_least=1000)["cortex-grows descriptors"]) is None
    assert judged(after(steps, descriptors="off")["cortex-grows descriptors"]) is None


def test_what_a_program_takes_after_its_start_is_what_it_needs() -> None:
    assert judged(after([("files", 12)] * 12, warm_up="10m")["cortex-grows descriptors"]) is None


def test_a_program_that_does_not_run_is_absent() -> None:
    assert look("process_growth", {"name": "cortex-nothing"}) == (Absent("process cortex-nothing"),)


def test_a_window_is_whole_however_seldom_is_looked() -> None:
    past: list[tuple[float, float]] = []
    for moment in range(0, 100, 7):
        past = process_growth._with((moment, moment), past, 20.0)

    assert steady_growth(past, 20.0)
    assert len(past) == FEWEST

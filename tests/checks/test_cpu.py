from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from probed.checks import cpu
from probed.core.finding import Severity
from probed.host import proc
from probed.host.proc import CpuTimes
from tests.checks.looking import judged, observe


@pytest.fixture(autouse=True)
def _fresh_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu, "_window", cpu._Window())


@pytest.mark.alone
def test_the_first_look_measures_this_host_within_a_moment() -> None:
    began = time.monotonic()

    observation = observe("cpu")

    assert time.monotonic() - began < 1
    assert observation.value is not None
    assert 0 <= observation.value <= 100
    assert observation.object == "cpu"
    assert observation.evidence["cores"]


def test_a_later_look_measures_the_time_since_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 100.25, 160.0, 160.0])
    times = iter([CpuTimes(0, 0, 0, 0), CpuTimes(0, 0, 0, 0.5), CpuTimes(114, 3, 1.2, 120.5)])
    monkeypatch.setattr("probed.checks.cpu.time", SimpleNamespace(monotonic=lambda: next(clock), sleep=float))
    monkeypatch.setattr(proc, "cpu_times", lambda: next(times))

    observe("cpu")
    second = observe("cpu")

    assert second.value == 95.0
    assert second.evidence["iowait_percent"] == 2.5
    assert second.evidence["steal_percent"] == 1.0
    assert second.evidence["window_s"] == 59.8
    assert judged(second) is Severity.WARNING


def test_work_has_to_last_before_it_is_a_finding() -> None:
    threshold = observe("cpu").threshold

    assert threshold is not None
    assert threshold.for_s == 900

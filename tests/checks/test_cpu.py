from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from probed.checks import cpu
from probed.checks.since_last_look import Span
from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.host.proc import CpuTimes
from tests.checks.looking import judged, observations

IDLE = CpuTimes(0, 0, 0, 100, 0, 0, 0, 0)
ZERO = CpuTimes(0, 0, 0, 0, 0, 0, 0, 0)


@pytest.fixture(autouse=True)
def _fresh_window() -> None:
    cpu._window.forget()


def seen(
    monkeypatch: pytest.MonkeyPatch, *cores: CpuTimes, before: Sequence[CpuTimes] = (), **params: object
) -> dict[str, Observation]:
    span = Span(tuple(before) or (ZERO,) * len(cores), cores, 60.0)
    monkeypatch.setattr(cpu._window, "move", lambda: span)
    return observations("cpu", params)


@pytest.mark.alone
def test_the_first_look_measures_this_host_within_a_moment() -> None:
    began = time.monotonic()

    observation = observations("cpu")["cpu"]

    assert time.monotonic() - began < 30
    assert observation.value is not None
    assert 0 <= observation.value <= 100
    assert observation.evidence["cores"]


def test_the_share_of_each_state_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = seen(monkeypatch, CpuTimes(40, 5, 30, 10, 2.5, 2, 9.5, 1))["cpu"]

    assert whole.value == 82.5
    assert whole.evidence["user_percent"] == 40
    assert whole.evidence["nice_percent"] == 5
    assert whole.evidence["iowait_percent"] == 2.5
    assert whole.evidence["softirq_percent"] == 9.5
    assert whole.evidence["window_s"] == 60


@pytest.mark.parametrize(
    ("times", "severity"),
    [
        (CpuTimes(80, 0, 14, 6, 0, 0, 0, 0), Severity.WARNING),
        (CpuTimes(90, 0, 10, 0, 0, 0, 0, 0), Severity.CRITICAL),
        (CpuTimes(0, 95, 5, 0, 0, 0, 0, 0), None),
        (CpuTimes(0, 0, 2, 0, 98, 0, 0, 0), None),
    ],
    ids=["busy", "full", "a niced backup at 100%", "waits for a disk"],
)
def test_only_work_that_others_wait_for_counts(
    monkeypatch: pytest.MonkeyPatch, times: CpuTimes, severity: Severity | None
) -> None:
    assert judged(seen(monkeypatch, times)["cpu"]) is severity


def test_what_the_hypervisor_takes_is_a_finding_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    stolen = seen(monkeypatch, CpuTimes(20, 0, 5, 50, 0, 0, 0, 25))["steal"]

    assert stolen.value == 25
    assert judged(stolen) is Severity.WARNING


def test_a_processor_that_does_all_the_interrupts_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    cores = seen(monkeypatch, IDLE, CpuTimes(0, 0, 5, 5, 0, 10, 80, 0), IDLE, IDLE)["cores"]

    assert cores.summary == "processor 1 serves interrupts during 90% of its time"
    assert judged(cores) is Severity.WARNING


def test_one_busy_processor_among_idle_ones_counts_only_where_the_document_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    saturated = CpuTimes(99, 0, 1, 0, 0, 0, 0, 0)

    by_default = seen(monkeypatch, IDLE, IDLE, saturated)["cores"]
    wanted = seen(monkeypatch, IDLE, IDLE, saturated, core="95%")["cores"]

    assert judged(by_default) is None
    assert by_default.evidence["busy_percent"] == {"2": 100}
    assert wanted.summary == "processor 2 is 100% busy by itself"
    assert judged(wanted) is Severity.WARNING


def test_a_count_that_went_back_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    before = CpuTimes(0, 0, 0, 0, 5, 0, 0, 0)

    assert seen(monkeypatch, CpuTimes(50, 0, 0, 50, 4, 0, 0, 0), before=[before])["cpu"].value == 50


def test_work_has_to_last_before_it_is_a_finding() -> None:
    for observation in observations("cpu").values():
        assert observation.threshold
        assert observation.threshold.for_s == 900

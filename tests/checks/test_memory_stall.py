from __future__ import annotations

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent, Observation
from probed.errors import NotHere
from probed.host import proc
from tests.checks.looking import judged, look, observe

GIB = 2**30


def stalled(
    monkeypatch: pytest.MonkeyPatch, full: float, *, some: float = 100.0, available: float = 0.3
) -> Observation:
    """On a host with 8 GiB."""
    monkeypatch.setattr(proc, "pressure", lambda resource: proc.Pressure(some, some, 0.0, full, 0.0, 0.0))
    monkeypatch.setattr(proc, "memory", lambda: proc.Memory(8 * GIB, round(available * GIB), 0))
    return observe("memory_stall")


def test_this_host_is_looked_at() -> None:
    assert observe("memory_stall").object == "memory"


@pytest.mark.parametrize(
    ("full", "severity"), [(0.0, None), (35.0, None), (45.0, Severity.WARNING), (90.0, Severity.CRITICAL)]
)
def test_what_counts_is_that_nothing_goes_on(
    monkeypatch: pytest.MonkeyPatch, full: float, severity: Severity | None
) -> None:
    seen = stalled(monkeypatch, full)

    assert judged(seen) is severity
    assert ("largest_processes" in seen.evidence) is (severity is not None)


def test_it_has_passed_only_once_everything_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(stalled(monkeypatch, 15.0), Severity.WARNING) is Severity.WARNING
    assert judged(stalled(monkeypatch, 5.0), Severity.WARNING) is None


def test_a_group_that_is_squeezed_by_its_own_limit_leaves_memory_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(stalled(monkeypatch, 95.0, available=3.0)) is None


def test_a_kernel_without_pressure_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(resource: str) -> proc.Pressure:
        raise NotHere("pressure stall information")

    monkeypatch.setattr(proc, "pressure", missing)

    assert look("memory_stall") == (Absent("pressure stall information"),)

from __future__ import annotations

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import proc
from tests.checks.looking import judged, look, observe


def arrange(monkeypatch: pytest.MonkeyPatch, swap_used: int, memory_available: int) -> None:
    """Both of a hundred."""
    monkeypatch.setattr(proc, "swap", lambda: proc.Swap(100, swap_used))
    monkeypatch.setattr(proc, "memory", lambda: proc.Memory(100, memory_available, 0))


def test_a_host_without_swap_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proc, "swap", lambda: proc.Swap(0, 0))

    assert look("swap") == (Absent("swap space"),)


@pytest.mark.parametrize(
    ("swap_used", "memory_available", "severity"),
    [(50, 10, None), (85, 10, Severity.WARNING), (99, 10, Severity.CRITICAL), (99, 60, None)],
)
def test_a_full_swap_counts_only_while_memory_is_scarce(
    monkeypatch: pytest.MonkeyPatch, swap_used: int, memory_available: int, severity: Severity | None
) -> None:
    arrange(monkeypatch, swap_used, memory_available)

    observation = observe("swap")

    assert observation.value == swap_used
    assert judged(observation) is severity

from __future__ import annotations

import pytest

from probed.checks import swap
from probed.checks.since_last_look import Span
from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import proc
from tests.checks.looking import judged, look, observations


def arrange(
    monkeypatch: pytest.MonkeyPatch, swap_used: int, memory_available: int, pages: tuple[int, int] = (0, 0)
) -> None:
    """Both of a hundred; `pages` in and out within ten seconds."""
    monkeypatch.setattr(proc, "swap", lambda: proc.Swap(100, swap_used))
    monkeypatch.setattr(proc, "memory", lambda: proc.Memory(100, memory_available, 0))
    monkeypatch.setattr(swap._window, "move", lambda: Span((0, 0), pages, 10.0))


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

    observation = observations("swap")["swap"]

    assert observation.value == swap_used
    assert judged(observation) is severity


@pytest.mark.parametrize(
    ("pages", "severity"),
    [((0, 0), None), ((0, 500_000), None), ((20_000, 20_000), Severity.WARNING), ((150_000, 0), Severity.CRITICAL)],
)
def test_what_programs_wait_for_is_what_is_read_back(
    monkeypatch: pytest.MonkeyPatch, pages: tuple[int, int], severity: Severity | None
) -> None:
    arrange(monkeypatch, 50, 10, pages)

    observation = observations("swap")["swapping"]

    assert observation.evidence["pages_in_per_s"] == pages[0] / 10
    assert observation.evidence["pages_out_per_s"] == pages[1] / 10
    assert judged(observation) is severity


def test_the_kernel_counts_both_ways_of_pages() -> None:
    assert all(count >= 0 for count in proc.swapped_pages())

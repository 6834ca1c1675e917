from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import proc
from tests.checks.looking import judged, look, observe


def test_this_host_has_enough() -> None:
    observation = observe("entropy")

    assert (observation.value or 0) >= 100
    assert judged(observation) is None


def test_a_host_without_any_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "entropy_avail").write_text("12\n")
    monkeypatch.setattr(proc, "ENTROPY", tmp_path / "entropy_avail")

    assert judged(observe("entropy")) is Severity.WARNING


def test_a_kernel_that_does_not_count_it_is_no_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(proc, "ENTROPY", tmp_path / "nothing")

    assert look("entropy") == (Absent("count of the kernel's entropy"),)

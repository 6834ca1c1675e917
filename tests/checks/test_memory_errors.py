"""Trees as the kernel's drivers show them: no test machine has memory that errs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from probed.checks import memory_errors
from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import edac
from tests.checks.looking import Watcher, judged


class Board:
    """One memory controller with one module."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "mc0" / "dimm0").mkdir(parents=True)
        (folder / "mc0" / "dimm0" / "dimm_label").write_text("CPU_SrcID#0_Ha#0_Chan#1_DIMM#0\n")
        self.counts()

    def counts(self, mended: int = 0, not_mended: int = 0) -> None:
        for place in ("", "dimm0/dimm_"):
            (self.folder / f"mc0/{place}ce_count").write_text(f"{mended}\n")
            (self.folder / f"mc0/{place}ue_count").write_text(f"{not_mended}\n")


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Board:
    monkeypatch.setattr(edac, "CONTROLLERS", tmp_path / "mc")
    return Board(tmp_path / "mc")


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """That have passed."""
    passed, began = [0.0], time.time()
    monkeypatch.setattr(memory_errors.time, "time", lambda: began + 3600 * passed[0])  # type: ignore[attr-defined]
    return passed


def test_a_mended_error_now_and_then_is_no_fault_and_many_are_one(board: Board, hours: list[float]) -> None:
    board.counts(mended=500)
    watcher = Watcher("memory_errors")
    assert watcher.findings() == {}

    for _ in range(20):
        hours[0] += 12
        board.counts(mended=board_count(board) + 1)
        assert watcher.findings() == {}

    hours[0] += 1
    board.counts(mended=board_count(board) + 9)
    assert watcher.findings() == {"mc0": Severity.WARNING}
    assert "DIMM#0" in watcher.look()["mc0"].summary

    hours[0] += 48
    assert watcher.findings() == {}


def board_count(board: Board) -> int:
    return int((board.folder / "mc0/ce_count").read_text())


def test_counters_that_start_anew_with_a_boot_count_from_nothing(board: Board, hours: list[float]) -> None:
    board.counts(mended=500)
    watcher = Watcher("memory_errors")
    watcher.look()

    hours[0] += 1
    board.counts(mended=12)

    assert watcher.findings() == {"mc0": Severity.WARNING}


def test_one_that_could_not_be_mended_stays_critical(board: Board, hours: list[float]) -> None:
    watcher = Watcher("memory_errors")
    board.counts(not_mended=1)

    assert watcher.findings() == {"mc0": Severity.CRITICAL}
    hours[0] += 1000
    assert watcher.findings() == {"mc0": Severity.CRITICAL}


def test_memory_that_the_kernel_has_given_up_is_told_without_ecc_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edac, "CONTROLLERS", tmp_path / "none")
    monkeypatch.setattr(edac, "MEMINFO", tmp_path / "meminfo")
    (tmp_path / "meminfo").write_text("MemTotal:       16384 kB\nHardwareCorrupted:     8 kB\n")

    damaged, absent = Watcher("memory_errors").answer()

    assert not isinstance(damaged, Absent)
    assert judged(damaged) is Severity.WARNING
    assert absent == Absent("memory with ECC")


def test_this_hosts_memory_is_whole() -> None:
    assert Watcher("memory_errors").findings() == {}

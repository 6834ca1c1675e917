from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from probed.checks import disk_io
from probed.checks.since_last_look import Span
from probed.core.finding import Severity
from probed.core.observation import Absent, Observation
from probed.host import block_devices
from probed.host.block_devices import Work
from tests.checks.looking import judged, look, observations

START = Work(1000, 5000, 0, 0, 9000, 0)
BUSY = replace(START, operations=1600, operations_ms=5000 + 600 * 300, busy_ms=9000 + 60_000, under_way=8)
"""Six hundred operations of 300 ms in a minute, without a pause."""


@pytest.fixture(autouse=True)
def _fresh_window() -> None:
    disk_io._window.forget()


def seen(
    monkeypatch: pytest.MonkeyPatch, after: Work, before: Work = START, **params: object
) -> dict[str, Observation]:
    monkeypatch.setattr(disk_io._window, "move", lambda: Span({"sda": before}, {"sda": after}, 60.0))
    return observations("disk_io", {"devices": ["sd*"], **params})


def test_slow_operations_are_a_finding_and_so_is_a_disk_without_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    found = seen(monkeypatch, BUSY)

    assert found["sda"].value == 0.3
    assert judged(found["sda"]) is Severity.WARNING
    assert judged(seen(monkeypatch, BUSY, critical="300ms")["sda"]) is Severity.CRITICAL
    assert found["sda busy"].value == 100
    assert judged(found["sda busy"]) is Severity.WARNING


def test_a_disk_that_is_busy_all_day_but_answers_at_once_is_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    found = seen(monkeypatch, replace(BUSY, operations=61_000, operations_ms=5000 + 60_000))

    assert found["sda busy"].value == 100
    assert [judged(each) for each in found.values()] == [None, None]


def test_a_few_slow_operations_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = seen(monkeypatch, replace(START, operations=1010, operations_ms=5000 + 40_000))

    assert judged(found["sda"]) is None
    assert found["sda"].value is None


def test_a_disk_that_does_nothing_though_something_waits_is_critical(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = replace(START, busy_ms=9000 + 60_000, under_way=3)

    found = seen(monkeypatch, stuck, replace(START, under_way=3))

    assert judged(found["sda"]) is Severity.CRITICAL


def test_a_named_disk_that_is_not_there_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judged(seen(monkeypatch, START, devices=["sdz"])["sdz"]) is Severity.WARNING


def test_a_host_without_disks_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_io._window, "move", lambda: Span({}, {}, 60.0))

    assert look("disk_io") == (Absent("disk"),)


def test_writing_to_the_disk_of_this_host_is_counted(tmp_path: Path) -> None:
    before = block_devices.work()
    with (tmp_path / "file").open("wb") as file:
        file.write(b"x" * 4 * 2**20)
        file.flush()
        os.fsync(file.fileno())
    after = block_devices.work()

    assert sum(each.written_bytes for each in after.values()) > sum(each.written_bytes for each in before.values())
    assert all(name in after for name in block_devices.disks())


def test_only_whole_disks_are_looked_at_by_themselves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("sda", "nvme0n1", "loop0", "zram0", "sr0", "dm-0", "md127"):
        (tmp_path / name / "slaves").mkdir(parents=True)
    (tmp_path / "dm-0" / "slaves" / "sda2").mkdir()
    (tmp_path / "md127" / "slaves" / "sda1").mkdir()
    monkeypatch.setattr(block_devices, "SYS_BLOCK", tmp_path)

    assert block_devices.disks() == ("nvme0n1", "sda")

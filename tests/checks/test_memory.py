from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import cast

import psutil
import pytest

from probed.checks import memory as check
from probed.checks import since_last_look
from probed.core.finding import Severity
from probed.host import proc
from tests.checks.looking import judged, observations, observe

GIB = 2**30


def test_the_memory_of_this_host_is_told_by_what_is_available() -> None:
    observation = observe("memory")

    assert observation.value == pytest.approx(proc.memory().used_percent, abs=5)
    assert observation.evidence["total_bytes"] == proc.memory().total_bytes


@pytest.mark.parametrize(
    ("available", "severity"), [(4 * GIB, None), (GIB // 2, Severity.WARNING), (GIB // 4, Severity.CRITICAL)]
)
def test_only_what_nobody_can_get_counts_as_used(
    monkeypatch: pytest.MonkeyPatch, available: int, severity: Severity | None
) -> None:
    monkeypatch.setattr(proc, "memory", lambda: proc.Memory(8 * GIB, available, 0))

    assert judged(observe("memory", {"critical": "96%"})) is severity


def test_scarce_memory_names_the_largest_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proc, "memory", lambda: proc.Memory(8 * GIB, 0, 0))

    largest = cast(list[dict[str, int]], observe("memory").evidence["largest_processes"])

    sizes = [each["rss_bytes"] for each in largest]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == 5


def test_memory_full_of_cached_files_is_no_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The numbers of a 16 GiB host after it has read a large backup: 5 % are free, nearly all of the rest is cache."""
    (tmp_path / "meminfo").write_text(
        "MemTotal:       16331712 kB\nMemFree:          802448 kB\nMemAvailable:   13926032 kB\n"
        "Buffers:          412544 kB\nCached:         12917760 kB\nSwapCached:            0 kB\n"
        "Active:          5713920 kB\nInactive:        8861184 kB\nShmem:            155136 kB\n"
        "SReclaimable:     571392 kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n"
    )
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))

    observation = observe("memory")

    assert observation.value == pytest.approx(14.7, abs=0.1)
    assert judged(observation) is None


def test_reading_a_large_file_takes_no_memory(tmp_path: Path) -> None:
    size = 256 * 2**20
    before = proc.memory()
    with (tmp_path / "backup").open("wb") as file:
        for _ in range(size // 2**20):
            file.write(bytes(2**20))
    after = proc.memory()

    assert after.cached_bytes - before.cached_bytes > size // 2
    assert before.available_bytes - after.available_bytes < size // 2


def test_pages_that_have_to_come_from_the_disk_are_told_where_they_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(since_last_look, "NEAREST_S", 0.0)
    check._window.forget()
    path = tmp_path / "data"
    path.write_bytes(os.urandom(4 * 2**20))
    observations("memory", {"major_faults": 1})
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as pages:
            pages.madvise(mmap.MADV_RANDOM)
            sum(pages[place] for place in range(0, len(pages), mmap.PAGESIZE))

    found = observations("memory", {"major_faults": 1})

    assert judged(found["major faults"]) is Severity.WARNING
    assert set(observations("memory")) == {"memory"}

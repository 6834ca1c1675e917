from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from probed.errors import NotHere
from probed.host import proc


def test_busy_time_grows_with_work_and_stays_within_the_total() -> None:
    before = proc.summed(proc.cpu_times())
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    after = proc.summed(proc.cpu_times())

    assert 0.05 <= after.busy_s - before.busy_s <= after.total_s - before.total_s + 0.02


def test_time_that_gives_way_to_others_is_not_busy() -> None:
    times = proc.CpuTimes(1, 20, 2, 30, 4, 0.5, 0.5, 3)

    assert times.busy_s == 7
    assert times.total_s == 61


def test_memory_and_swap_are_those_of_the_kernel() -> None:
    facts = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    total = int(facts["MemTotal"].split()[0]) * 1024

    assert proc.memory().total_bytes == total
    assert 0 < proc.memory().available_bytes < total
    assert proc.swap().total_bytes == int(facts["SwapTotal"].split()[0]) * 1024


def test_the_cache_of_zfs_counts_as_available(tmp_path: Path) -> None:
    arcstats = tmp_path / "arcstats"
    arcstats.write_text("13 1 0x01\nname type data\nc_min 4 1000000\nsize 4 5000000\n")

    plain, with_cache = proc.memory(), proc.memory(arcstats)

    assert 3_000_000 < with_cache.available_bytes - plain.available_bytes + 20_000_000 < 45_000_000
    assert with_cache.used_percent <= 100


def test_pressure_has_the_averages_of_some_and_full(tmp_path: Path) -> None:
    (tmp_path / "io").write_text(
        "some avg10=1.50 avg60=2.00 avg300=3.00 total=9\nfull avg10=0.50 avg60=0.25 avg300=0.00 total=4\n"
    )

    assert proc.pressure("io", tmp_path) == proc.Pressure(1.5, 2.0, 3.0, 0.5, 0.25, 0.0)


def test_pressure_of_a_kernel_without_it_is_not_here(tmp_path: Path) -> None:
    with pytest.raises(NotHere, match="pressure"):
        proc.pressure("io", tmp_path / "pressure")


def test_a_process_is_told_with_its_whole_name_but_not_its_arguments(tmp_path: Path) -> None:
    program = tmp_path / "a-name-longer-than-fifteen"
    program.symlink_to("/bin/sleep")
    started = subprocess.Popen([program, "60"])
    try:
        time.sleep(0.1)
        found = next(each for each in proc.processes() if each.pid == started.pid)
    finally:
        started.kill()
        started.wait()

    assert found.name == program.name
    assert found.parent_pid == os.getpid()
    assert found.user == psutil.Process().username()
    assert found.rss_bytes > 0
    assert abs(found.started_at - time.time()) < 60


def test_a_zombie_is_told_as_one() -> None:
    started = subprocess.Popen([sys.executable, "-c", "pass"])
    os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOWAIT)
    try:
        assert next(each.state for each in proc.processes() if each.pid == started.pid) == "zombie"
    finally:
        started.wait()


def test_threads_are_counted_against_the_kernels_limit() -> None:
    existing, limit = proc.threads()

    assert 0 < existing < limit


def test_a_boot_keeps_its_name() -> None:
    assert proc.boot_id() == proc.boot_id()
    assert len(proc.boot_id()) == 36


def test_a_kernel_that_does_not_name_its_boot_is_no_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(proc, "BOOT_ID", tmp_path / "nothing")

    assert proc.boot_id() == ""


def test_uptime_and_boot_time_meet_now() -> None:
    assert abs(proc.boot_time() + proc.uptime_s() - time.time()) < 5

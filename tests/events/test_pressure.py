"""Real triggers of the kernel, with real stalls: more busy processes than processors, less memory than they read."""

import contextlib
import errno
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.core.host_event import Concern, EventSource
from probed.errors import HostFailed, NotHere
from probed.events import pressure
from probed.events.source import Listener
from probed.events.watch import is_absent, words_of
from probed.host import proc
from tests.conftest import require
from tests.events.listening import listening
from tests.real.memory_squeeze import squeezed

BUSY = "import time; end = time.monotonic() + 30\nwhile time.monotonic() < end: pass"


@contextlib.contextmanager
def busy_processors() -> Iterator[None]:
    crowd = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for process in crowd:
            process.kill()
            process.wait()


async def test_a_stall_is_told() -> None:
    require("triggers of pressure", present=os.access("/proc/pressure/cpu", os.W_OK))
    concern = Concern(EventSource.PRESSURE, ("cpu",), level=5.0)
    async with listening(pressure.follow, concern) as (heard, task):
        with busy_processors():
            await heard.until(lambda told: "cpu" in told)
        assert not task.done()


@pytest.mark.alone
def test_the_kernel_tells_when_nothing_goes_on_for_lack_of_memory() -> None:
    """For a thousandth of the bound, and alone: whatever else runs goes on meanwhile."""
    require("triggers of pressure", present=os.access("/proc/pressure/memory", os.W_OK))
    trigger = pressure.Trigger("memory full", 0.02)
    try:
        with squeezed():
            assert select.select([trigger], [], [], 120)[0]
            assert not trigger.is_gone()
    finally:
        trigger.close()


async def test_the_source_listens_to_both_kinds_of_stall() -> None:
    require("triggers of pressure", present=os.access("/proc/pressure/memory", os.W_OK))
    concerns = [Concern(EventSource.PRESSURE, (name,), level=20.0) for name in ("memory", "memory full", "io full")]
    async with listening(pressure.follow, *concerns) as (heard, task):
        assert heard.live.is_set()
        assert not task.done()


def test_which_stall_is_meant_stands_in_what_the_kernel_is_asked_for(tmp_path: Path) -> None:
    for kind in ("full", "some"):
        (tmp_path / "memory").write_text("")
        os.close(pressure._opened(tmp_path / "memory", kind, 20.0))
        assert (tmp_path / "memory").read_text() == f"{kind} 400000 2000000\0"


def test_of_several_checks_the_lowest_bound_of_each_resource_counts() -> None:
    concerns = [("cpu", 80.0), ("cpu", 20.0), ("io", 0.0), ("memory", 10.0)]
    told = frozenset(Concern(EventSource.PRESSURE, (name,), level=level) for name, level in concerns)

    assert pressure.levels(Listener(told, print, print)) == {"cpu": 20.0, "io": 1.0, "memory": 10.0}


async def test_a_kernel_that_does_not_count_pressure_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proc, "PRESSURE", tmp_path)

    with pytest.raises(NotHere, match="pressure stall information"):
        await pressure.follow(Listener(frozenset([Concern(EventSource.PRESSURE, ("cpu",))]), print, print))


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.EPERM, "6.5"), (errno.EACCES, "6.5"), (errno.EINVAL, "6.5"), (errno.EOPNOTSUPP, "psi=1")],
)
def test_a_kernel_that_lets_the_daemon_have_no_trigger_is_said_and_is_no_fault(number: int, said: str) -> None:
    refused = pressure._refused(OSError(number, os.strerror(number)))

    assert is_absent(refused)
    assert said in words_of(refused)
    assert isinstance(pressure._refused(OSError(errno.EIO, "input/output error")), HostFailed)


async def test_a_recording_in_place_of_the_kernels_file_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proc, "PRESSURE", tmp_path)
    (tmp_path / "cpu").write_text("some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n")

    with pytest.raises(NotHere):
        await pressure.follow(Listener(frozenset([Concern(EventSource.PRESSURE, ("cpu",))]), print, print))

    assert (tmp_path / "cpu").read_text() == "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"

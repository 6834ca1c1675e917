"""Real triggers of the kernel, with real stalls: more busy processes than processors."""

import contextlib
import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.core.host_event import Concern, EventSource
from probed.errors import HostFailed, NotHere
from probed.events import pressure
from probed.events.source import Listener
from probed.host import proc
from tests.conftest import require
from tests.events.listening import listening

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
def test_a_kernel_that_lets_the_daemon_have_no_trigger_is_said_with_what_helps(number: int, said: str) -> None:
    refused = pressure._refused(OSError(number, os.strerror(number)))

    assert isinstance(refused, NotHere)
    assert said in refused.remedy
    assert isinstance(pressure._refused(OSError(errno.EIO, "input/output error")), HostFailed)

"""Clocks of a real process that a test sets while it runs: the wall clock by libfaketime, the time in suspend by a
replacement of what Python reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import require

FAKETIME = Path("/usr/lib") / f"{os.uname().machine}-linux-gnu" / "faketime" / "libfaketime.so.1"
SLEEPS = """
import time

def clock_gettime(clock, real=time.clock_gettime):
    if clock != time.CLOCK_BOOTTIME:
        return real(clock)
    with open({slept!r}) as file:
        return real(clock) + float(file.read())

time.clock_gettime = clock_gettime
"""


class FakeTime:
    def __init__(self, folder: Path) -> None:
        require("libfaketime", present=FAKETIME.exists())
        self._folder = folder
        self._wall_s = self._slept_s = 0
        self._write()
        (folder / "sitecustomize.py").write_text(SLEEPS.format(slept=str(folder / "slept")))

    @property
    def env(self) -> Mapping[str, str]:
        return {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # with it, Python's threads wait for each other in a busy loop
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_TIMESTAMP_FILE": str(self._folder / "wall"),
            "PYTHONPATH": str(self._folder),
        }

    def set_clock(self, by_s: int) -> None:
        """Forward, or back; the time since boot goes on as it did."""
        self._wall_s += by_s
        self._write()

    def suspend(self, for_s: int) -> None:
        """The host slept: only the clock that drives timers stood still."""
        self._wall_s += for_s
        self._slept_s += for_s
        self._write()

    def _write(self) -> None:
        for name, text in (("slept", str(self._slept_s)), ("wall", f"{self._wall_s:+d}\n")):
            part = self._folder / f"{name}.part"
            part.write_text(text)
            part.rename(self._folder / name)

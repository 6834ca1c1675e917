"""Waiting for what happens in another process."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(holds: Callable[[], bool], within_s: float) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, f"not within {within_s:g} s"
        time.sleep(0.5)

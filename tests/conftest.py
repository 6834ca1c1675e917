"""What every test may ask for."""

from __future__ import annotations

import os
import signal

import pytest

# a shell that starts the tests in the background has it ignored, and every program of a test would inherit that
signal.signal(signal.SIGINT, signal.default_int_handler)


def require(component: str, *, present: bool) -> None:
    """Skip where a real component is missing; on the build machine that is a failure."""
    if present:
        return
    if os.environ.get("CI"):
        pytest.fail(f"{component} is missing; tests/run installs it")
    pytest.skip(f"{component} is missing; tests/run installs it")

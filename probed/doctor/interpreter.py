from __future__ import annotations

import platform
import sys

from probed.doctor.line import Answer, fails, passes

OLDEST = (3, 11)


def python() -> Answer:
    found = f"Python {platform.python_version()} ({sys.executable})"
    if sys.version_info < OLDEST:
        return fails(f"{found} is too old", "set Cortex up with Python 3.11 or newer: PYTHON=python3.11 ./install.sh")
    return passes(found)

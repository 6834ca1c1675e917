from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from probed.core.observation import Absent
from probed.host import ipc
from tests.checks.looking import judged, look, observations
from tests.conftest import require

PRELUDE = """
import ctypes, json
from tests.checks.looking import judged, observations
libc = ctypes.CDLL(None, use_errno=True)
with open("/proc/sys/kernel/sem", "w") as file:
    file.write("250 100 32 10")
"""


def alone(script: str) -> Any:
    """Run it where nobody else has semaphores; it prints JSON."""
    require("root, for semaphores of its own", present=os.geteuid() == 0)
    argv = ["unshare", "--ipc", sys.executable, "-c", PRELUDE + textwrap.dedent(script)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_semaphores_and_sets_of_a_real_kernel_count_against_its_limits() -> None:
    found = alone("""
        for _ in range(9):
            assert libc.semget(0, 9, 0o600) >= 0
        found = observations("ipc")
        print(json.dumps({name: [each.value, judged(each)] for name, each in found.items()}))
    """)

    assert found["semaphores"] == [81, "warning"]
    assert found["semaphore sets"] == [90, "warning"]
    assert found["shared memory"][1] is None
    assert found["message queues"][1] is None


def test_this_host_has_enough() -> None:
    assert {judged(each) for each in observations("ipc").values()} == {None}


def test_a_kernel_without_them_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ipc, "SYSVIPC", tmp_path)

    assert look("ipc") == (Absent("System V's semaphores and shared memory"),)

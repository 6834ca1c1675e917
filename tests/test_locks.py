"""What is installed is what the locks name, and nothing looks for dependencies beside: they have to name everything."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

TREE = Path(__file__).parents[1]
PIN = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def pins(lock: str) -> set[tuple[str, str]]:
    return set(PIN.findall((TREE / lock).read_text()))


def test_the_lock_of_the_tests_names_all_that_they_and_the_program_need() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stdout


def test_the_program_is_tested_with_the_versions_that_are_installed() -> None:
    installed = pins("requirements.lock")

    assert len(installed) > 20
    assert installed <= pins("requirements-test.lock")

"""What is installed is what the locks name, and nothing looks for dependencies beside: they have to name everything."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Set
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import require

TREE = Path(__file__).parents[1]
EXTRAS = ("otel", "web")
"""Those with a lock of their own, which install.sh takes beside that of the program."""
RETRIES = "Retrying ("
"""What pip says where it does not reach an index."""
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


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_lock_with_an_extra_names_what_the_program_needs_and_what_the_extra_does(extra: str) -> None:
    plain, whole = pins("requirements.lock"), pins(f"requirements-{extra}.lock")
    project = tomllib.loads((TREE / "pyproject.toml").read_text())["project"]
    added = {canonicalize_name(Requirement(each).name) for each in project["optional-dependencies"][extra]}

    assert plain < whole <= pins("requirements-test.lock")
    assert needs(added) <= {name for name, _ in whole}


def needs(names: Set[str]) -> set[str]:
    """These, and all that they need here."""
    found: set[str] = set()
    while names:
        found |= set(names)
        wanted = [Requirement(each) for name in names for each in requires(name) or ()]
        names = {canonicalize_name(each.name) for each in wanted if not each.marker or each.marker.evaluate()} - found
    return found


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_all_that_is_installed_is_there_as_a_locked_wheel_for_aarch64(python: str, tmp_path: Path) -> None:
    """Up to glibc 2.36, which is Debian 12's."""
    platforms = [f"--platform=manylinux_2_{minor}_aarch64" for minor in range(17, 37)]
    argv = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed", "--no-deps"]
    argv += [
        "--require-hashes",
        "--only-binary=:all:",
        f"--python-version={python}",
        f"--target={tmp_path}",
        *platforms,
    ]
    argv += ["--platform=manylinux2014_aarch64", f"--report={tmp_path}/report.json"]

    for lock in ("requirements.lock", *(f"requirements-{extra}.lock" for extra in EXTRAS)):
        argv += ["-r", str(TREE / lock)]

    done = subprocess.run(argv, capture_output=True, text=True, timeout=300)

    require("a package index", present=done.returncode == 0 or RETRIES not in done.stderr)
    assert done.returncode == 0, done.stderr
    installed = json.loads((tmp_path / "report.json").read_text())["install"]
    wheels = [item["download_info"]["url"].rpartition("/")[2] for item in installed]
    assert len(wheels) > 20
    assert all(re.search(r"(-any|_aarch64)\.whl", wheel) for wheel in wheels), wheels
    assert any("_aarch64" in wheel for wheel in wheels)

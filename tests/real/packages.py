"""Debian packages that a test needs; installed as root when they are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.conftest import require

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def program(name: str, package: str) -> str:
    """The path of the program. Skips the test (fails it on the build machine) where it cannot be had."""
    if not shutil.which(name, path=PATH) and os.geteuid() == 0 and Path("/etc/debian_version").exists():
        _install(package)
    found = shutil.which(name, path=PATH)
    require(f"{name} (package {package})", present=found is not None)
    return found or name


def _install(package: str) -> None:
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    # with runlevel 1 the package's own services stay off
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run([*apt, "update"], check=False, capture_output=True, env=env, timeout=300)
    install = [*apt, "install", "-y", "--no-install-recommends", package]
    subprocess.run(install, check=False, capture_output=True, env=env, timeout=600)

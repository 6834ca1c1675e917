"""A Debian system of its own below a folder: the host's programs, read-only, and its own dpkg, settings and logs.

What packages run (maintainer scripts, ucf, pam-auth-update, update-alternatives) is Debian's own and runs inside.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import require
from tests.real.packages import program

FOLDERS = (
    "etc/pam.d",
    "var/lib/dpkg/updates",
    "var/lib/dpkg/info",
    "var/lib/pam",
    "var/log",
    "var/cache/debconf",
    "opt",
    "dev",
    "tmp",
    "usr",
)
ENTER = """
mount --bind /usr usr; mount -o remount,bind,ro usr; mount --bind /dev dev
exec chroot . "$@"
"""
CONTROL = "Package: {}\nVersion: {}\nArchitecture: all\nMaintainer: x <x@y.example>\nDescription: x\n"


class DebianRoot:
    def __init__(self, folder: Path) -> None:
        require("root, to install a package into a folder", present=os.geteuid() == 0)
        for name, package in (("ucf", "ucf"), ("dpkg-deb", "dpkg"), ("pam-auth-update", "libpam-runtime")):
            program(name, package)
        self.path, self._sources = folder / "root", folder / "sources"
        for name in FOLDERS:
            (self.path / name).mkdir(parents=True)
        for name in ("bin", "sbin", "lib", "lib64"):
            require("a merged /usr", present=Path("/", name).is_symlink())
            (self.path / name).symlink_to(f"usr/{name}")
        for path in ("etc/alternatives", "var/lib/dpkg/alternatives"):
            shutil.copytree(Path("/", path), self.path / path, symlinks=True)
        for path in (
            "etc/debconf.conf",
            "etc/passwd",
            "var/cache/debconf/config.dat",
            "var/cache/debconf/templates.dat",
        ):
            shutil.copy2(Path("/", path), self.path / path)
        self._know("ucf", "libpam-runtime")

    def install(self, name: str, version: str, files: Mapping[str, str], *, after: str = "") -> None:
        """`files` by path, those below /etc as the package's settings; `after`: shell, as its postinst."""
        source = self._sources / f"{name}-{version}"
        (source / "DEBIAN").mkdir(parents=True)
        (source / "DEBIAN/control").write_text(CONTROL.format(name, version))
        for path, text in files.items():
            place = source / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        settings = [path for path in files if path.startswith("/etc/")]
        (source / "DEBIAN/conffiles").write_text("".join(f"{path}\n" for path in settings))
        script = source / "DEBIAN/postinst"
        script.write_text(f"#!/bin/sh\nset -e\n{after}\n")
        script.chmod(0o755)
        built = self.path / "opt" / f"{name}.deb"
        _do("dpkg-deb", "--build", "--root-owner-group", str(source), str(built))
        self.run("dpkg", "--log=/var/log/dpkg.log", "--force-confnew", "--install", f"/opt/{name}.deb")

    def purge(self, name: str) -> None:
        self.run("dpkg", "--log=/var/log/dpkg.log", "--purge", name)

    def run(self, *command: str) -> None:
        _do("unshare", "--mount", "sh", "-ec", ENTER, "sh", *command, folder=self.path)

    def _know(self, *packages: str) -> None:
        """As installed, with the texts of their questions."""
        known = subprocess.run(["dpkg-query", "--status", *packages], capture_output=True, text=True, check=True)
        (self.path / "var/lib/dpkg/status").write_text(known.stdout)
        (self.path / "var/lib/dpkg/available").touch()
        for package in packages:
            for path in Path("/var/lib/dpkg/info").glob(f"{package}.*"):
                shutil.copy2(path, self.path / "var/lib/dpkg/info")


def _do(*command: str, folder: Path = Path("/")) -> None:
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, env=env, check=False)
    assert done.returncode == 0, done.stderr

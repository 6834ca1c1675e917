"""Which packages were being installed, upgraded or removed at a moment, by the package managers' own records."""

from __future__ import annotations

import os
import shutil
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from probed.host.command import run_command

LOGS = ("var/log/dpkg.log.1", "var/log/dpkg.log")
NEAR_S = 120.0
"""So far from the moment at which a package manager says something its programs may be at work."""
MOST_BYTES = 2**20
"""Of a log, from its end."""
MOST_NAMED = 5
DEADLINE_S = 20.0


class PackageRuns:
    def __init__(self, root: str = "/") -> None:
        self._moments = sorted(_moments(root))

    def at(self, moment: float) -> tuple[str, ...]:
        """The packages; those that were worked on last come first. `moment`: seconds since 1970."""
        begin = bisect_left(self._moments, (moment - NEAR_S, ""))
        end = bisect_right(self._moments, (moment + NEAR_S, "~"))
        return tuple(dict.fromkeys(name for _, name in reversed(self._moments[begin:end])))[:MOST_NAMED]


def _moments(root: str) -> Iterator[tuple[float, str]]:
    logs = [path for path in (os.path.join(root, name) for name in LOGS) if os.access(path, os.R_OK)]
    for path in logs:
        yield from _logged(path)
    if not logs:
        yield from _listed(root)
    if shutil.which("rpm"):
        yield from _of_rpm(root)


def _logged(path: str) -> Iterator[tuple[float, str]]:
    """Lines as in `2026-12-01 09:10:55 status installed demo:all 2`, in the host's own time; see dpkg(1)."""
    with open(path, "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - MOST_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    for line in lines:
        words = line.split()
        if len(words) < 5 or words[2] not in (
            "status",
            "configure",
            "trigproc",
            "install",
            "upgrade",
            "remove",
            "purge",
        ):
            continue
        package = words[4] if words[2] == "status" else words[3]
        try:
            said = datetime.fromisoformat(" ".join(words[:2]))
        except ValueError:
            continue
        for fold in (0, 1):  # in the night that has an hour twice nobody knows which of both
            yield said.replace(fold=fold).timestamp(), package.partition(":")[0]


def _listed(root: str) -> Iterator[tuple[float, str]]:
    """Where dpkg writes no log: when it wrote the list of a package's files."""
    for path in Path(root, "var/lib/dpkg/info").glob("*.list"):
        yield path.stat().st_mtime, path.stem.partition(":")[0]


def _of_rpm(root: str) -> Iterator[tuple[float, str]]:
    asked = ["rpm", f"--root={root}", "-qa", "--queryformat=%{INSTALLTIME} %{NAME}\\n"]
    for line in run_command(asked, deadline_s=DEADLINE_S).stdout.splitlines():
        at, _, name = line.partition(" ")
        if at.isdecimal():
            yield float(at), name

"""Packages that apt would upgrade, by the lists that lie on this host: nothing is fetched, and nothing changed."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from probed.errors import HostFailed, NotHere
from probed.host.command import run_command

LISTS = Path("/var/lib/apt/lists")
STATUS = Path("/var/lib/dpkg/status")
FETCHED = Path("/var/lib/apt/periodic/update-success-stamp")
DEADLINE_S = 30.0
MAX_OUTPUT_BYTES = 4_194_304
UPGRADE = re.compile(r"^Inst (\S+) (?:\[(\S+)\] )?\((\S+) ([^)]*)\)")
SECURITY = re.compile(r"Debian-Security|-security\b", re.IGNORECASE)
SIMULATE = (
    "apt-get",
    "--simulate",
    "--quiet",
    "--option=Debug::NoLocking=1",
    "--option=APT::Get::Show-User-Simulation-Note=0",
    "dist-upgrade",
)


@dataclass(frozen=True, slots=True)
class Update:
    package: str
    installed: str
    candidate: str
    is_security: bool


def pending() -> tuple[Update, ...]:
    """Takes a second of a processor, or several. Raises NotHere where there is no apt, HostFailed."""
    if not shutil.which("apt-get"):
        raise NotHere("apt")
    try:
        asked = run_command(SIMULATE, deadline_s=DEADLINE_S, env={"LC_ALL": "C"}, max_output_bytes=MAX_OUTPUT_BYTES)
    except OSError as error:
        raise HostFailed(f"apt-get cannot be started: {error.strerror}") from error
    if asked.timed_out:
        raise HostFailed(f"apt-get gave no answer within {DEADLINE_S:g} s")
    if asked.exit_code:
        lines = asked.stderr.strip().splitlines() or asked.stdout.strip().splitlines() or [""]
        raise HostFailed(f"apt-get: {lines[-1]}")
    return tuple(simulated(asked.stdout))


def simulated(text: str) -> Iterator[Update]:
    """Only what is installed already: what comes along is no update."""
    for line in text.splitlines():
        if (row := UPGRADE.match(line)) and row[2]:
            yield Update(row[1], row[2], row[3], SECURITY.search(row[4]) is not None)


def lists_age_s() -> float | None:
    """Since the lists were fetched; None where there are none, and so nothing is known.

    apt touches the folder of what it is fetching at each update, the lists only where they have changed."""
    lists = _lists()
    moments = [_modified(path) for path in (FETCHED, LISTS / "partial", *lists)]
    return max(0.0, time.time() - max(moments)) if lists else None


def state() -> str:
    """Changes with what is installed and with the lists: as long as it does not, the same updates wait."""
    return " ".join(f"{_modified(path):.6f}" for path in (STATUS, LISTS, *_lists()))


def _lists() -> list[Path]:
    return sorted(LISTS.glob("*Release"))


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0

"""The tables of cron: what they start, and when."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from probed.core.cron import ALIASES, parse_cron
from probed.errors import HostFailed, NotHere
from probed.host import package_files

SYSTEM_TABLES = (Path("/etc/crontab"), Path("/etc/cron.d"))
USERS_TABLES = (Path("/var/spool/cron/crontabs"), Path("/var/spool/cron"))
RUNS_FOLDERS = re.compile(r"\brun-parts\b|\banacron\b")
ASSIGNMENT = re.compile(r"\w+\s*=")
OTHER_TIME = re.compile(r"(CRON_)?TZ\s*=")
MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Job:
    times: str
    command: str
    table: str


def jobs(system: Sequence[Path] = SYSTEM_TABLES, users: Sequence[Path] = USERS_TABLES) -> Iterator[Job]:
    """Those that people of this host made: not what a package brought, as long as nobody changed it."""
    tables = [(path, True) for each in system for path in files_of(each)]
    shipped = _as_shipped([str(path) for path, _ in tables])
    tables = [(path, names_user) for path, names_user in tables if str(path) not in shipped]
    tables += [(path, False) for each in users for path in files_of(each)]
    for path, names_user in tables:
        yield from jobs_in(path, names_user=names_user)


def jobs_in(path: Path, *, names_user: bool) -> Iterator[Job]:
    """`names_user`: a user stands between the times and the command, as in the tables of the system."""
    lines = list(_lines(path))
    if any(OTHER_TIME.match(line) for line in lines):
        return  # its times are not this host's
    for line in lines:
        if ASSIGNMENT.match(line):
            continue
        fields = line.split(None, 1 if line.startswith("@") else 5)
        times = ALIASES.get(fields[0].lower(), "") if line.startswith("@") else " ".join(fields[:5])
        command = fields[-1].partition(" ")[2] if names_user else fields[-1]
        if command and _is_cron(times) and not RUNS_FOLDERS.search(command):
            yield Job(times, command.strip(), str(path))


def require(users: Sequence[Path] = USERS_TABLES) -> None:
    """Raises NotHere where only root sees the tables of the users."""
    for place in users:
        if place.is_dir() and not os.access(place, os.R_OK | os.X_OK, effective_ids=True):
            raise NotHere(f"the tables of cron in {place}", "discover as root")


def files_of(place: Path) -> list[Path]:
    """What cron reads there: a file that is named itself, and those of a folder whose names have no dot."""
    try:
        return sorted(path for path in place.iterdir() if path.is_file() and "." not in path.name)
    except NotADirectoryError:
        return [place]
    except OSError:
        return []


def _is_cron(times: str) -> bool:
    try:
        parse_cron(times)
    except ValueError:
        return False
    return True


def _lines(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(errors="replace")[:MOST_BYTES]
    except OSError:
        return
    for line in map(str.strip, text.splitlines()):
        if line and not line.startswith("#"):
            yield line


def _as_shipped(paths: Sequence[str]) -> frozenset[str]:
    try:
        return frozenset(package_files.as_shipped(paths))
    except HostFailed:
        return frozenset()

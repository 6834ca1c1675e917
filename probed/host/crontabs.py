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
from probed.host.files import at_once

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


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table that starts something, as it stands there."""

    table: str
    number: int
    times: str
    user: str
    command: str


PERIODS = ("hourly", "daily", "weekly", "monthly")


def lines(system: Sequence[Path] = SYSTEM_TABLES, users: Sequence[Path] = USERS_TABLES) -> Iterator[Line]:
    """Of every table that may be read, also of those that a package brought."""
    for path, is_system in [(path, place in system) for place in (*system, *users) for path in files_of(place)]:
        for number, line in enumerate(_text(path).splitlines(), 1):
            text = line.strip()
            if not text or text.startswith("#") or ASSIGNMENT.match(text):
                continue
            before = (1 if text.startswith("@") else 5) + is_system
            *times, command = text.split(None, before)
            if len(times) == before:
                user = times.pop() if is_system else path.name
                yield Line(str(path), number, " ".join(times), user, command)


def scripts(etc: Path = Path("/etc")) -> Iterator[Line]:
    """Those that are started each hour, day, week or month."""
    for name in PERIODS:
        for path in files_of(etc / f"cron.{name}"):
            yield Line(str(path.parent), 0, f"@{name}", "root", str(path))


def unreadable(users: Sequence[Path] = USERS_TABLES) -> Sequence[str]:
    return [str(each) for each in users if each.is_dir() and not os.access(each, os.R_OK | os.X_OK, effective_ids=True)]


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
    for line in map(str.strip, _text(path).splitlines()):
        if line and not line.startswith("#"):
            yield line


def _text(path: Path) -> str:
    """Empty where it may not be read."""
    try:
        with open(path, "rb", opener=at_once) as file:
            return file.read(MOST_BYTES).decode(errors="replace")
    except OSError:
        return ""


def _as_shipped(paths: Sequence[str]) -> frozenset[str]:
    try:
        return frozenset(package_files.as_shipped(paths))
    except HostFailed:
        return frozenset()

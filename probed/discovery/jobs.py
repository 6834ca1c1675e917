"""Jobs of cron that people of this host made: each can say that it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from probed.core.cron import ALIASES, parse_cron
from probed.discovery.proposal import Found, Kind

SYSTEM_TABLES = (Path("/etc/crontab"), Path("/etc/cron.d"))
USERS_TABLES = (Path("/var/spool/cron/crontabs"), Path("/var/spool/cron"))
PACKAGES = Path("/var/lib/dpkg/info")
KIND = Kind(
    "found-jobs",
    "Jobs of cron",
    "every 5m",
    """\
Do the jobs of this host run when they should, and end well?

A job is heard once its line in the table of cron begins its command with `cortexctl heartbeat NAME --`; until then it
is waited for, and nothing is said.

When there is a finding: read what the job printed last; tell whether cron did not start it, it failed, or it hangs.
""",
)
RUNS_FOLDERS = re.compile(r"\brun-parts\b|\banacron\b")
HEARD = re.compile(r"\bcortexctl heartbeat ([\w.-]+)")
PROGRAM = re.compile(r"(?:^|[\s;&|(])(?:\S*/)?([\w.-]+)")
SHELL_WORDS = frozenset({"cd", "test", "nice", "ionice", "sh", "bash", "env", "exec", "flock", "timeout", "command"})
ASSIGNMENT = re.compile(r"\w+\s*=")
OTHER_TIME = re.compile(r"(CRON_)?TZ\s*=")
MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Job:
    times: str
    command: str
    table: str


def find(system: Sequence[Path] = SYSTEM_TABLES, users: Sequence[Path] = USERS_TABLES) -> Iterator[Found]:
    shipped = _shipped(PACKAGES)
    tables = [(path, True) for each in system for path in _files(each) if str(path) not in shipped or each.is_file()]
    tables += [(path, False) for each in users for path in _files(each)]
    jobs = [job for path, names_user in tables for job in jobs_in(path, names_user=names_user)]
    taken = {heard[1] for job in jobs if (heard := HEARD.search(job.command))}
    for job in jobs:
        if heard := HEARD.search(job.command):
            name, how = heard[1], job.table
        else:
            name = _free(_name(job), taken)
            how = f"in {job.table} put before its command: cortexctl heartbeat {name} --"
        taken.add(name)
        yield Found(KIND.id, "heartbeat", name, {"name": name, "cron": job.times}, how)


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


def _is_cron(times: str) -> bool:
    try:
        parse_cron(times)
    except ValueError:
        return False
    return True


def _name(job: Job) -> str:
    programs = [word for word in PROGRAM.findall(job.command) if word not in SHELL_WORDS]
    stem = Path(programs[0]).stem if programs else Path(job.table).name
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40] or "job"


def _free(name: str, taken: set[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _files(place: Path) -> list[Path]:
    try:
        inside = sorted(path for path in place.iterdir() if path.is_file() and "." not in path.name)
    except NotADirectoryError:
        return [place]
    except OSError:
        return []
    return inside


def _lines(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(errors="replace")[:MOST_BYTES]
    except OSError:
        return
    for line in map(str.strip, text.splitlines()):
        if line and not line.startswith("#"):
            yield line


def _shipped(folder: Path) -> frozenset[str]:
    """The tables that packages brought along."""
    found = set[str]()
    for path in folder.glob("*.list"):
        with path.open(errors="replace") as file:
            found |= {line.strip() for line in file if line.startswith("/etc/cron.d/")}
    return frozenset(found)

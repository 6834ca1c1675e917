"""Jobs of cron that people of this host made: each can say that it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from probed.discovery.proposal import Found, Kind
from probed.host import crontabs
from probed.host.crontabs import SYSTEM_TABLES, USERS_TABLES, Job

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
    drops=True,
)
HEARD = re.compile(r"\bcortexctl heartbeat ([\w.-]+)")
PROGRAM = re.compile(r"(?:^|[\s;&|(])(?:\S*/)?([\w.-]+)(?![\w.=-])")
"""A word that is no assignment to a variable."""
SHELL_WORDS = frozenset({"cd", "test", "nice", "ionice", "sh", "bash", "env", "exec", "flock", "timeout", "command"})


def find(system: Sequence[Path] = SYSTEM_TABLES, users: Sequence[Path] = USERS_TABLES) -> Iterator[Found]:
    """Raises NotHere, after what is seen."""
    jobs = list(crontabs.jobs(system, users))
    taken = {heard[1] for job in jobs if (heard := HEARD.search(job.command))}
    for job in jobs:
        if heard := HEARD.search(job.command):
            name, how = heard[1], job.table
        else:
            name = _free(_name(job), taken)
            how = f"in {job.table} put before its command: cortexctl heartbeat {name} --"
        taken.add(name)
        yield Found(KIND.id, "heartbeat", name, {"name": name, "cron": job.times}, how, settled=("cron",))
    crontabs.require(users)


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

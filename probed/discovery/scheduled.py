"""Programs that run again and again, by cron or by a timer of systemd: what they are told, and how often."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

from probed.core import cron
from probed.errors import HostFailed, NotHere
from probed.host import crontabs, systemd, timers
from probed.host.crontabs import Job
from probed.host.timers import Timer

DAY_S = 86400.0
FOLDERS = {"hourly": 3600.0, "daily": DAY_S, "weekly": 7 * DAY_S, "monthly": 31 * DAY_S}
"""Of cron: /etc/cron.daily and its like."""
LOOKED_AHEAD = timedelta(days=8)
"""With the nights and the Sundays on which a job of working hours does not run."""
MOST_RUNS = 2000
PROPERTIES = "Id,ExecStart,Environment,EnvironmentFiles"
SCRIPT = re.compile(r"(?<![\w.:=-])/[\w./+@-]+")
VALUE = r"""("[^"]*"|'[^']*'|(?:\$\([^)]*\)|[^\s"';`])+)"""
ASSIGNMENT = re.compile(rf"^\s*(?:export\s+|local\s+)?(\w+)={VALUE}", re.MULTILINE)
INLINE = re.compile(rf"(?<![\w$-])(\w+)={VALUE}")
CONTINUED = re.compile(r"\\\n\s*")
ROUNDS = 3
"""One variable may be made of another."""
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
MOST_BYTES = 65_536
MOST_SCRIPTS = 5


@dataclass(frozen=True, slots=True)
class Scheduled:
    where: str
    """The table, the script or the timer that says so."""
    text: str
    """Its command and the scripts that this names, with the values of plain variables put in."""
    longest_pause_s: Callable[[], float | None]
    """Between two of its next runs; None where that is not known. May ask systemd."""
    watched_by: str = ""
    """What tells when it does not run; empty: nothing."""


def scheduled() -> Iterator[Scheduled]:
    """What systemd does not tell is left out."""
    for job in crontabs.jobs():
        yield Scheduled(job.table, text_of(job.command), partial(_pause_of_job, job), "found-jobs")
    for name, pause_s in FOLDERS.items():
        for path in crontabs.files_of(Path(f"/etc/cron.{name}")):
            yield Scheduled(str(path), text_of(str(path)), partial(float, pause_s))
    yield from _by_timers()


def text_of(command: str, variables: str = "") -> str:
    """`variables`: lines of assignments that hold for it."""
    scripts = [_script(Path(path)) for path in SCRIPT.findall(command)[:MOST_SCRIPTS]]
    text = "\n".join([variables, command, *scripts])
    known = dict(INLINE.findall(variables)) | dict(INLINE.findall(command))
    for each in scripts:
        known |= dict(ASSIGNMENT.findall(each))
    return with_values(text, known)


def with_values(text: str, known: Mapping[str, str]) -> str:
    """What a shell would put in for variables, as far as it can be told without one."""

    def value(match: re.Match[str]) -> str:
        return known.get(match[1] or match[2], match[0]).strip("\"'")

    for _ in range(ROUNDS):
        text = VARIABLE.sub(value, text)
    return text


def _script(path: Path) -> str:
    """Without its comments; empty where it is no script."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return ""
        content = path.read_bytes()
    except OSError:
        return ""
    if not content.startswith(b"#!"):
        return ""
    return CONTINUED.sub(" ", COMMENT.sub("", content.decode(errors="replace")))


def _pause_of_job(job: Job) -> float | None:
    times, first = cron.parse_cron(job.times), datetime.now(UTC)
    runs = [cron.next_after(times, first)]
    while len(runs) < 2 or (len(runs) < MOST_RUNS and runs[-1] - first < LOOKED_AHEAD):
        runs.append(cron.next_after(times, runs[-1]))
    return _longest_s([run.timestamp() for run in runs])


def _longest_s(runs: Sequence[float]) -> float | None:
    return max((second - first for first, second in pairwise(runs)), default=None)


def _by_timers() -> Iterator[Scheduled]:
    try:
        waiting = [each for each in timers.timers(["*.timer"]) if each.unit.endswith(".service") and each.calendars]
        told = _told([each.unit for each in waiting])
    except (NotHere, HostFailed):
        return
    for timer in waiting:
        facts = told.get(timer.unit, {})
        command = " ".join(re.findall(r"argv\[\]=(.*?) ;", facts.get("ExecStart", "")))
        variables = [facts.get("Environment", "").replace(" ", "\n"), *_files(facts.get("EnvironmentFiles", ""))]
        text = text_of(command, "\n".join(variables))
        yield Scheduled(timer.name, text, partial(_pause_of_timer, timer), "the check systemd_timer")


def _told(units: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    if not units:
        return {}
    asked = systemd.systemctl("show", f"--property={PROPERTIES}", "--", *units, deadline_s=5.0)
    return {block["Id"]: block for block in systemd.blocks(asked.stdout) if "Id" in block}


def _files(named: str) -> Iterator[str]:
    for path in re.findall(r"(/\S+) \(", named):
        try:
            yield Path(path).read_text(errors="replace")[:MOST_BYTES]
        except OSError:
            continue


def _pause_of_timer(timer: Timer) -> float | None:
    now = datetime.now(UTC).timestamp()
    try:
        runs = sorted(run for each in timer.calendars for run in timers.upcoming(each, now, MOST_RUNS // 4))
    except HostFailed:
        return None
    near = [run for run in runs if run - now < LOOKED_AHEAD.total_seconds()]
    return _longest_s(near if len(near) > 1 else runs[:2])

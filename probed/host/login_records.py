"""What the system's own records of logins hold, where no log says it: `lastb` and `last`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime

from probed.errors import HostFailed, NotHere
from probed.host.command import run_command
from probed.host.logins import Login, source_of

FAILED, SUCCEEDED = "/var/log/btmp", "/var/log/wtmp"
DEADLINE_S = 10.0
MOST_RECORDS = 20_000


def logins_between(since: float, until: float, failed: str = FAILED, succeeded: str = SUCCEEDED) -> tuple[Login, ...]:
    """In whole seconds, from `since` on and before `until`, by time. Raises NotHere, HostFailed."""
    found = [*_records("lastb", failed, since, until), *_records("last", succeeded, since, until)]
    return tuple(sorted(found, key=lambda each: (each.at, each.succeeded)))


def _records(program: str, path: str, since: float, until: float) -> Iterator[Login]:
    if not shutil.which(program):
        raise NotHere(f"the program {program}", "install it, or let logins be written to a log")
    if not os.access(path, os.R_OK):
        raise NotHere(f"the records of logins in {path}", "let the daemon's user read them, as root and utmp can")
    begin = f"{datetime.fromtimestamp(int(since)):%Y-%m-%d %H:%M:%S}"
    argv = [program, f"--file={path}", "--fullnames", "--ip", "--time-format=iso", f"--limit={MOST_RECORDS}"]
    done = run_command([*argv, f"--since={begin}"], deadline_s=DEADLINE_S, max_output_bytes=4 * 2**20)
    if done.exit_code:
        raise HostFailed(f"{program}: {done.stderr.strip() or 'no answer'}")
    for line in done.stdout.splitlines():
        words = line.split()
        if len(words) < 4 or not words[2][:1].isalnum():
            continue
        try:
            at = datetime.fromisoformat(words[3]).timestamp()
        except ValueError:
            continue
        if int(since) <= at < int(until):
            is_failed = program == "lastb"
            yield Login(source_of(words[2]), "" if is_failed else words[0][:64], at, succeeded=not is_failed)

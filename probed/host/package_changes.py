"""Which packages were installed, upgraded or removed when: by dpkg's log with its predecessors, or rpm's database."""

from __future__ import annotations

import gzip
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from probed.errors import NotHere
from probed.host.command import run_command

LOGS = Path("/var/log")
MOST_BYTES = 8 * 2**20
"""Of one log."""
MOST_LOGS = 24
ACTIONS = ("install", "upgrade", "remove", "purge")
DEADLINE_S = 6.0


@dataclass(frozen=True, slots=True)
class PackageChange:
    at: float
    """Seconds since the epoch."""
    action: str
    package: str
    before: str
    """Version; empty where there was none."""
    after: str


@dataclass(frozen=True, slots=True)
class Recorded:
    changes: tuple[PackageChange, ...]
    """The newest first."""
    broken: tuple[str, ...] = ()
    """Logs that cannot be unpacked: what stands there is not among them."""


def changes_since(at: float, logs: Path = LOGS) -> Recorded:
    """Raises NotHere where this host has records of neither."""
    is_logged, found, broken = False, list[PackageChange](), list[str]()
    for path in (logs / "dpkg.log", *(logs / f"dpkg.log.{number}" for number in range(1, MOST_LOGS))):
        for each in (path, Path(f"{path}.gz")):
            try:
                found += _logged(_text(each), at)
            except FileNotFoundError:
                continue
            except (EOFError, gzip.BadGzipFile, zlib.error):
                broken.append(str(each))
            is_logged = True
    if shutil.which("rpm") and not is_logged:
        found += _of_rpm(at)
    elif not is_logged:
        raise NotHere("a record of the packages", "let dpkg write /var/log/dpkg.log")
    return Recorded(tuple(sorted(found, key=lambda each: -each.at)), tuple(broken))


def _text(path: Path) -> str:
    """Raises NotHere, OSError, EOFError, zlib.error."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            if path.suffix != ".gz":
                file.seek(max(0, path.stat().st_size - MOST_BYTES))
            return file.read(MOST_BYTES).decode(errors="replace")
    except PermissionError:
        raise NotHere(f"the record of the packages in {path}", "let the daemon's user read it") from None


def _logged(text: str, since: float) -> Iterator[PackageChange]:
    """Lines as in `2026-12-01 09:10:55 upgrade libc6:amd64 2.36-9 2.36-10`, in the host's own time; see dpkg(1)."""
    for line in text.splitlines():
        words = line.split()
        if len(words) < 6 or words[2] not in ACTIONS:
            continue
        try:
            at = datetime.fromisoformat(" ".join(words[:2])).timestamp()
        except ValueError:
            continue
        if at >= since:
            before, after = ("" if each == "<none>" else each for each in words[4:6])
            yield PackageChange(at, words[2], words[3], before, after)


def _of_rpm(since: float) -> Iterator[PackageChange]:
    """What is there now, and since when: rpm forgets what was before."""
    asked = ["rpm", "-qa", "--queryformat=%{INSTALLTIME} %{NAME} %{VERSION}-%{RELEASE}\\n"]
    for line in run_command(asked, deadline_s=DEADLINE_S).stdout.splitlines():
        at, name, version = [*line.split(" ", 2), "", ""][:3]
        if at.isdecimal() and float(at) >= since:
            yield PackageChange(float(at), "install", name, "", version)

"""The newest lines of systemd's journal."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from probed.errors import HostFailed, NotHere
from probed.host.command import run_command

MAX_LINES = 1000
MAX_MESSAGE = 2000
"""Characters kept of one message."""
HIDDEN = ("insufficient permissions", "not seeing messages from other users and the system")
"""What journalctl says to a reader that does not see everything."""
REMEDY = "add the daemon's user to the group systemd-journal"


@dataclass(frozen=True, slots=True)
class Entry:
    at: float
    """Seconds since the epoch."""
    unit: str
    """Whose line it is, or whom systemd speaks of."""
    identifier: str
    priority: int
    """0 emergency … 7 debug."""
    pid: int
    message: str
    cursor: str = ""
    """Where it stands in the journal."""


def tail(
    unit: str = "",
    *,
    lines: int = 50,
    since_s: float | None = None,
    priority: int | None = None,
    invocation_id: str = "",
    before: str = "",
    deadline_s: float = 5.0,
) -> tuple[Entry, ...]:
    """The newest entries, oldest first; at most MAX_LINES.

    `unit` with what systemd says about it, `since_s` seconds ago at the most, `priority` this or worse, of one start of
    a unit; those before the entry with the cursor `before`. Raises NotHere, HostFailed; also where that entry is gone.
    """
    wanted = max(1, min(lines, MAX_LINES)) + bool(before)
    argv = ["journalctl", "--no-pager", "--output=json", f"--lines={wanted}"]
    argv += [f"--unit={unit}"] if unit else []
    argv += [f"--since=-{since_s:.0f}s"] if since_s is not None and not before else []
    argv += [f"--priority={priority}"] if priority is not None else []
    argv += [f"_SYSTEMD_INVOCATION_ID={invocation_id}"] if invocation_id else []
    argv += [f"--cursor={before}"] if before else []
    argv += ["--reverse"]  # else --since has it begin with the oldest
    found = tuple(entries(ask(argv, deadline_s)))[::-1]
    if not before:
        return found
    begins = time.time() - since_s if since_s is not None else 0.0
    return tuple(each for each in _before(before, found) if each.at >= begins)


def of_fields(matches: Sequence[str], *, lines: int, since_s: float, deadline_s: float = 5.0) -> tuple[Entry, ...]:
    """The newest entries with one of these values (`FIELD=value`, all of one field), oldest first. Raises NotHere,
    HostFailed."""
    argv = ["journalctl", "--no-pager", "--output=json", f"--lines={max(1, min(lines, MAX_LINES))}"]
    return tuple(entries(ask([*argv, f"--since=-{since_s:.0f}s", "--reverse", *matches], deadline_s)))[::-1]


def _before(cursor: str, found: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The journal ends with the entry of the cursor, or with what is next to it where that one is gone."""
    if not found or found[-1].cursor != cursor:
        raise HostFailed("what was read of the journal has been removed meanwhile: ask again without a cursor")
    return found[:-1]


def ask(argv: list[str], deadline_s: float) -> str:
    """What journalctl prints. Raises NotHere where there is no journal, or it may not be read, HostFailed."""
    if not shutil.which("journalctl"):
        raise NotHere("the journal")
    try:
        asked = run_command(argv, deadline_s=deadline_s, env={"LC_ALL": "C"}, max_output_bytes=8_388_608)
    except OSError as error:
        raise HostFailed(f"journalctl cannot be started: {error.strerror}") from error
    if asked.timed_out:
        raise HostFailed(f"journalctl gave no answer within {deadline_s:g} s")
    if any(words in asked.stderr for words in HIDDEN):
        raise NotHere("the system's journal", REMEDY)
    if "No journal files were found" in asked.stderr:
        raise NotHere("the journal")
    if asked.exit_code and asked.stderr.strip():
        raise HostFailed(f"journalctl: {asked.stderr.strip()}")
    return asked.stdout


def entries(text: str) -> Iterator[Entry]:
    """Of the output in JSON."""
    for line in text.splitlines():
        try:
            yield _entry(json.loads(line))
        except (ValueError, AttributeError):
            continue  # the last line may be cut where the output was


def _entry(fields: Mapping[str, object]) -> Entry:
    def number(name: str, default: int) -> int:
        text = str(fields.get(name, ""))
        return int(text) if text.isdigit() else default

    return Entry(
        at=number("__REALTIME_TIMESTAMP", 0) / 1e6,
        unit=_text(fields.get("UNIT" if fields.get("_PID") == "1" else "_SYSTEMD_UNIT")),
        identifier=_text(fields.get("SYSLOG_IDENTIFIER") or fields.get("_COMM")),
        priority=number("PRIORITY", 6),
        pid=number("_PID", 0),
        message=_text(fields.get("MESSAGE"))[:MAX_MESSAGE],
        cursor=_text(fields.get("__CURSOR")),
    )


def _text(value: object) -> str:
    """A value that is not valid UTF-8 comes as a list of its bytes, one that occurs twice as a list of texts."""
    if isinstance(value, list):
        if all(isinstance(each, int) for each in value):
            return bytes(value).decode(errors="replace")
        return " ".join(str(each) for each in value)
    return "" if value is None else str(value)

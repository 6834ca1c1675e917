"""What the kernel says: from its own buffer where that may be read, else from systemd's journal."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass

from probed.errors import NotHere
from probed.host import journal, proc

KMSG = "/dev/kmsg"
LONGEST_RECORD = 8192
MOST_LINES = 2000
"""At one look; what the kernel says faster than that is lost to the watch, as it is to its buffer."""
JOURNAL_DEADLINE_S = 10.0
REMEDY = "let the daemon's user read the journal: add it to the group systemd-journal"


@dataclass(frozen=True, slots=True)
class Said:
    lines: tuple[str, ...]
    """What the kernel has said since the place that was asked for, oldest first."""
    place: str
    """Where to go on from, the next time."""


def since(place: str) -> Said:
    """`place`: what the last answer had; empty: only find out where the log ends now. A place of an earlier boot begins
    with this one. Raises NotHere where no source can be read, HostFailed."""
    source, _, rest = place.partition(" ")
    if source != "journal":
        try:
            return _from_buffer(rest)
        except OSError:
            pass
    return _from_journal(rest if source == "journal" else "", is_first=not place)


def _from_buffer(rest: str) -> Said:
    boot, _, number = rest.partition(" ")
    now, after = proc.boot_id(), int(number or -1) if boot == proc.boot_id() else -1
    newest, lines = after, []
    for sequence, text in _records():
        if sequence > after:
            lines.append(text)
        newest = max(newest, sequence)
    return Said(tuple(lines[-MOST_LINES:]) if rest else (), f"buffer {now} {newest}")


def _records() -> Iterator[tuple[int, str]]:
    """See dev-kmsg in the kernel's documentation. Raises OSError where it may not be read."""
    descriptor = os.open(KMSG, os.O_RDONLY | os.O_NONBLOCK)
    try:
        while True:
            try:
                record = os.read(descriptor, LONGEST_RECORD)
            except BlockingIOError:
                return
            except BrokenPipeError:  # what was next has been overwritten meanwhile
                continue
            head, _, text = record.decode(errors="replace").partition(";")
            priority, sequence, *_ = head.split(",")
            if int(priority) >> 3 == 0:  # said by the kernel itself, not by a program that writes here
                yield int(sequence), text.split("\n", 1)[0]
    finally:
        os.close(descriptor)


def _from_journal(cursor: str, *, is_first: bool) -> Said:
    """Where there was nothing at the first look, there is no cursor, and all that there is now is new."""
    argv = ["journalctl", "--no-pager", "--output=json", "--dmesg", f"--lines={1 if is_first else MOST_LINES}"]
    argv += [f"--after-cursor={cursor}"] if cursor else []
    try:
        text = journal.ask(argv, JOURNAL_DEADLINE_S)
    except NotHere as missing:
        raise NotHere("the kernel's log", missing.remedy or REMEDY) from None
    rows = [row for row in map(_row, text.splitlines()) if row]
    newest = rows[-1][0] if rows else cursor
    return Said(() if is_first else tuple(message for _, message in rows), f"journal {newest}")


def _row(line: str) -> tuple[str, str] | None:
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    message = fields.get("MESSAGE")
    return str(fields.get("__CURSOR", "")), message if isinstance(message, str) else ""

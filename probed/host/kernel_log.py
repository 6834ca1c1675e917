"""What the kernel says: from its own buffer where that may be read, else from systemd's journal."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from probed.errors import NotHere
from probed.host import journal, journal_answers, proc

KMSG = "/dev/kmsg"
LONGEST_RECORD = 8192
MOST_LINES = 2000
"""At one look; what the kernel says faster than that is lost to the watch, as it is to its buffer."""
JOURNAL_DEADLINE_S = 10.0
MOST_KEPT = 4
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


@dataclass(frozen=True, slots=True)
class Message:
    at: float
    """Seconds since the epoch."""
    priority: int
    """0 emergency … 7 debug."""
    text: str


def newest(most: int = MOST_LINES, boot_time: float | None = None) -> tuple[Message, ...]:
    """What the kernel has said of late, oldest first. Raises NotHere where no source can be read, HostFailed."""
    began = proc.boot_time() if boot_time is None else boot_time
    try:
        descriptor = os.open(KMSG, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return _newest_in_journal(most)
    try:
        found = [Message(began + each.at_s, each.priority, each.text) for each in _records(descriptor)]
    except OSError:
        return _newest_in_journal(most)
    finally:
        os.close(descriptor)
    return tuple(found[-most:])


def _newest_in_journal(most: int) -> tuple[Message, ...]:
    argv = ["journalctl", "--no-pager", "--output=json", "--dmesg", f"--lines={most}"]
    try:
        text = journal_answers.ask(argv, JOURNAL_DEADLINE_S)
    except NotHere as missing:
        raise NotHere("the kernel's log", missing.remedy or REMEDY) from None
    return tuple(Message(each.at, each.priority, each.message) for each in journal.entries(text))


_positions: dict[str, int] = {}
"""Open descriptors of the buffer by the places they stand at, so that nobody reads what was read before."""
_lock = threading.Lock()


def _from_buffer(rest: str) -> Said:
    boot, _, number = rest.partition(" ")
    now, after = proc.boot_id(), int(number or -1) if boot == proc.boot_id() else -1
    newest, lines = after, []
    descriptor = _at(rest)
    try:
        for record in _records(descriptor):
            if rest and record.sequence > after and record.is_kernels:
                lines.append(record.text)
            newest = max(newest, record.sequence)
    except OSError:
        os.close(descriptor)
        raise
    _keep(f"{now} {newest}", descriptor)
    return Said(tuple(lines[-MOST_LINES:]), f"buffer {now} {newest}")


def _at(place: str) -> int:
    with _lock:
        known = _positions.pop(place, None)
    return os.open(KMSG, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC) if known is None else known


def _keep(place: str, descriptor: int) -> None:
    with _lock:
        spare = [_positions.pop(place, None)]
        _positions[place] = descriptor
        spare += [_positions.pop(next(iter(_positions))) for _ in range(len(_positions) - MOST_KEPT)]
    for each in spare:
        if each is not None:
            os.close(each)


@dataclass(frozen=True, slots=True)
class _Record:
    sequence: int
    priority: int
    is_kernels: bool
    """Not what a program has written there."""
    at_s: float
    """Seconds since boot, without suspended time."""
    text: str


def _records(descriptor: int) -> Iterator[_Record]:
    """See dev-kmsg in the kernel's documentation."""
    while True:
        try:
            record = os.read(descriptor, LONGEST_RECORD)
        except BlockingIOError:
            return
        except BrokenPipeError:  # what was next has been overwritten meanwhile
            continue
        if not record:  # something else is in its place, as in a container that hides it
            raise OSError(errno.ENODATA, f"{KMSG} is empty")
        head, _, text = record.decode(errors="replace").partition(";")
        priority, sequence, at_us, *_ = head.split(",")
        yield _Record(
            int(sequence), int(priority) & 7, int(priority) >> 3 == 0, int(at_us) / 1e6, text.split("\n", 1)[0]
        )


def _from_journal(cursor: str, *, is_first: bool) -> Said:
    """Where there was nothing at the first look, there is no cursor, and all that there is now is new."""
    argv = ["journalctl", "--no-pager", "--output=json", "--dmesg", f"--lines={1 if is_first else MOST_LINES}"]
    argv += [f"--after-cursor={cursor}"] if cursor else []
    try:
        text = journal_answers.ask(argv, JOURNAL_DEADLINE_S)
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

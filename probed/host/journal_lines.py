"""New lines of systemd's journal, by its cursor: each once, over restarts of the journal and of the daemon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from probed.core.observation import Memory
from probed.errors import HostFailed
from probed.host import journal_answers
from probed.host.journal import Entry, entries
from probed.host.log_lines import LONGEST_LINE, Batch, LeftOut, Line, as_number

PAGE_LINES = 2000
FIELDS = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_COMM,_PID,_SYSTEMD_UNIT,UNIT"
OVERHEAD_BYTES = 400
"""What an entry takes beside its message when it is read."""
DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True)
class Selection:
    """Which lines; nothing said: all."""

    units: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    priority: int | None = None
    """This or worse."""
    users: tuple[int, ...] = ()
    """Who wrote them, as the kernel says it: what stands in a line may be anybody's."""
    directory: str = ""
    """Of another journal than this host's own."""

    @property
    def argv(self) -> list[str]:
        return [
            *(f"--unit={unit}" for unit in self.units),
            *(f"--identifier={identifier}" for identifier in self.identifiers),
            *([f"--priority={self.priority}"] if self.priority is not None else []),
            *([f"--directory={self.directory}"] if self.directory else []),
            *(f"_UID={user}" for user in self.users),
        ]


def read_new(selection: Selection, known: Memory, now: float, max_bytes: int) -> Batch:
    """What came since `known`, the oldest first; at the first look (nothing is known) nothing.

    What is more than `max_bytes` is not read, and that is said. Raises NotHere, HostFailed.
    """
    if not known:
        return Batch((), _end(selection, "", now))
    cursor, since = str(known.get("cursor") or ""), as_number(known.get("at"))
    lines: list[Line] = []
    while True:
        page = _page(selection, cursor, since, now)
        lines += [_line(each) for each in page if each.cursor != cursor and each.message]
        if len(page) < PAGE_LINES:
            return Batch(tuple(lines), _position(page, cursor, since, now))
        cursor = page[-1].cursor
        if sum(len(each.text) + OVERHEAD_BYTES for each in lines) > max_bytes:
            return Batch(
                tuple(lines), _end(selection, cursor, now), (_left_out(lines[-1].at if lines else since, now),)
            )


def _position(page: Sequence[Entry], cursor: str, since: float, now: float) -> Memory:
    """Without any line it stays where it is, for all that comes is new since then; unless the clock was set back."""
    if page:
        return {"cursor": page[-1].cursor, "at": now}
    return {"cursor": cursor, "at": now if cursor else min(since, now)}


def _end(selection: Selection, cursor: str, now: float) -> Memory:
    newest = _ask(selection, ["--lines=1"])
    return {"cursor": newest[-1].cursor if newest else cursor, "at": now}


def _page(selection: Selection, cursor: str, since: float, now: float) -> Sequence[Entry]:
    """From the cursor on, with the line that it names, if that is still there; where it is no cursor, since then."""
    lines = f"--lines={PAGE_LINES}"
    if not cursor:
        found = _ask(selection, [f"--since=@{since:.6f}", "--reverse", lines])
        return [each for each in reversed(found) if each.at > since]
    try:
        return _ask(selection, [f"--cursor={cursor}", lines])
    except HostFailed as failed:
        if "cursor" not in str(failed):
            raise
        return _page(selection, "", since or now, now)


def _ask(selection: Selection, argv: list[str]) -> Sequence[Entry]:
    command = ["journalctl", "--no-pager", "--output=json", f"--output-fields={FIELDS}"]
    return tuple(entries(journal_answers.ask([*command, *selection.argv, *argv], DEADLINE_S, selection.directory)))


def _line(entry: Entry) -> Line:
    return Line(
        text=entry.message[:LONGEST_LINE],
        at=entry.at,
        source=entry.unit or entry.identifier or "kernel",
        program=entry.identifier,
        priority=entry.priority,
        pid=entry.pid,
    )


def _left_out(since: float, now: float) -> LeftOut:
    begin, end = (datetime.fromtimestamp(at).strftime("%H:%M:%S") for at in (since, now))
    return LeftOut("the journal", f"what was written from {begin} to {end}")

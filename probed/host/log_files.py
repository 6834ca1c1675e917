"""New lines of a log in a file, by cursor: each once, none lost when the log is rotated.

A log is a family of files: the one that is written, and those in the same folder that it was renamed or copied to
(`app.log.1`, `app.log-20260101`, `app-20260101.log`). Of each is known how far it was read: its inode, the place, and a
fingerprint of what stands at its beginning and before that place. So a renamed file is read on until its writer has let
it go, a truncated one is begun anew, and what was still unread in it is found in the copy that was made of it.
Compressed files are not read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from probed.core.observation import Absent, Memory
from probed.core.size import size_text
from probed.core.text import storable
from probed.errors import HostFailed, NotHere
from probed.host.log_lines import LONGEST_LINE, Batch, LeftOut, Line, as_mapping, as_number
from probed.host.log_names import changed_at, logs_of, predecessors

MOST_PREDECESSORS = 20
MOST_FILES = 200
MOST_SIZES = 5000
"""Of logs that are not read, the newest."""
HEAD_BYTES, TAIL_BYTES = 1024, 256
"""Of the beginning, and of what stands before the place, for the fingerprint."""
LONGEST_OPEN_BYTES = 65536
"""A line without an end that is longer is taken as it is."""
CLOCK_SLACK_S = 2.0

Key = tuple[int, int]
"""Device and inode."""


@dataclass(frozen=True, slots=True)
class _Cursor:
    device: int
    inode: int
    offset: int
    fingerprint: str
    is_of_copy: bool = False
    """Of a copy that was still being made of the log, as far as the log itself was read."""

    @property
    def key(self) -> Key:
        return self.device, self.inode


@dataclass(slots=True)
class _Member:
    """A file of the family, open."""

    path: str
    descriptor: int
    found: os.stat_result
    is_current: bool

    @property
    def key(self) -> Key:
        return self.found.st_dev, self.found.st_ino

    def fits(self, cursor: _Cursor) -> bool:
        """Whether it holds what had been read up to there."""
        return self.found.st_size >= cursor.offset and self.fingerprint(cursor.offset) == cursor.fingerprint

    def fingerprint(self, offset: int) -> str:
        head = os.pread(self.descriptor, min(HEAD_BYTES, offset), 0)
        begin = max(0, offset - TAIL_BYTES)
        return hashlib.sha256(head + os.pread(self.descriptor, offset - begin, begin)).hexdigest()[:16]

    def is_copy_of(self, other: _Member) -> bool:
        """As far as it has been copied."""
        length = self.found.st_size
        return other.found.st_size >= length and self.fingerprint(length) == other.fingerprint(length)


def read_new(patterns: Sequence[str], known: Memory, now: float, max_bytes: int) -> Batch:
    """Of all the logs that fit; at the first look (nothing is known) none, for then they are only taken note of.

    More than `max_bytes`, shared by the logs, is not read: what is oldest is left out, and that is said. Raises NotHere
    where a log may not be read, HostFailed.
    """
    before, looked_at = as_mapping(known.get("logs")), as_number(known.get("at"))
    logs = logs_of(patterns)
    newest = frozenset(sorted(logs, key=changed_at, reverse=True)[:MOST_FILES])
    beyond = [path for path in logs if path not in newest and changed_at(path)]
    reading = _Reading(
        now, max_bytes // max(1, len(newest)), looked_at if known else None, as_mapping(known.get("beyond"))
    )
    cursors = {storable(path): reading.log(path, before.get(storable(path))) for path in logs if path in newest}
    position = {"at": now, "logs": cursors, "beyond": _sizes(beyond)}
    return Batch(tuple(reading.lines), position, tuple(reading.left_out), _note(beyond))


def _sizes(paths: Sequence[str]) -> dict[str, int]:
    """Of logs that are not read, so that of one that is written again what it already holds is not taken for new."""
    sizes = {}
    for path in sorted(paths, key=changed_at, reverse=True)[:MOST_SIZES]:
        with contextlib.suppress(OSError):
            found = os.stat(path)
            sizes[f"{found.st_dev}:{found.st_ino}"] = found.st_size
    return sizes


def _note(beyond: Sequence[str]) -> tuple[Absent, ...]:
    if not beyond:
        return ()
    remedy = "name fewer in one check, or remove what nobody writes any more"
    return (Absent(f"{len(beyond)} logs beside the {MOST_FILES} that were written last", remedy),)


class _Reading:
    """One look at some logs."""

    def __init__(self, now: float, max_bytes: int, looked_at: float | None, sizes: Mapping[str, object]) -> None:
        self.lines: list[Line] = []
        self.left_out: list[LeftOut] = []
        self._now, self._max_bytes, self._looked_at = now, max_bytes, looked_at
        self._sizes = sizes
        """Of the logs that were not read at the last look."""

    def log(self, path: str, known: object) -> list[list[object]]:
        """The new cursors of its files, that of the log itself at last."""
        cursors = [_Cursor(*each) for each in known] if isinstance(known, list) else []
        with contextlib.ExitStack() as opened:
            members = _family(path, opened)
            starts, copies = self._starts(members, {each.key: each for each in cursors})
            torn = self._leave_out(path, members, starts)
            read = [self._read(path, each, starts[each.key], torn) for each in members if each.key in starts]
            return [[*copy.key, *read[-1][2:], True] for copy in copies] + read

    def _starts(self, members: Sequence[_Member], known: Mapping[Key, _Cursor]) -> tuple[dict[Key, int], list[_Member]]:
        """Where to read on in each file, and which ones only repeat what is still in the log itself."""
        if self._looked_at is None:
            return {each.key: each.found.st_size for each in members}, []
        read = {
            each.key: known[each.key].offset for each in members if each.key in known and each.fits(known[each.key])
        }
        # of an empty one nothing tells whether its inode is another file's by now
        starts = {each.key: read[each.key] for each in members if read.get(each.key)}
        gone = [each for each in known.values() if each.offset and not each.is_of_copy and each.key not in starts]
        copies = []
        starts |= {each.key: self._beginning(each) for each in members if each.is_current and each.key not in starts}
        for member in members:
            if member.key in starts:
                continue
            if copied := next((each for each in gone if member.fits(each)), None):
                starts[member.key] = copied.offset
            elif member.found.st_mtime < self._looked_at - CLOCK_SLACK_S:
                starts[member.key] = member.found.st_size
            elif any(each.is_current and member.is_copy_of(each) for each in members):
                copies.append(member)
            else:
                starts[member.key] = member.found.st_size if _is_read(member, known) else 0
        return starts, copies

    def _beginning(self, member: _Member) -> int:
        size = int(as_number(self._sizes.get("{}:{}".format(*member.key))))
        return size if size <= member.found.st_size else 0

    def _leave_out(self, path: str, members: Sequence[_Member], starts: dict[Key, int]) -> set[Key]:
        """Go on where what is left may be read. Returns in which files that is amid a line."""
        following = [each for each in members if each.key in starts]
        excess = sum(each.found.st_size - starts[each.key] for each in following) - self._max_bytes
        if excess <= 0:
            return set()
        self.left_out.append(LeftOut(path, size_text(excess)))
        torn = set()
        for member in following:
            skipped = min(excess, member.found.st_size - starts[member.key])
            starts[member.key] += skipped
            excess -= skipped
            if skipped:
                torn.add(member.key)
        return torn

    def _read(self, path: str, member: _Member, start: int, torn: Container[Key]) -> list[object]:
        data = os.pread(member.descriptor, max(0, member.found.st_size - start), start)
        whole, end, rest = data.rpartition(b"\n")
        if len(rest) > LONGEST_OPEN_BYTES:
            whole, end, rest = data, b"", b""
        for number, line in enumerate(whole.split(b"\n")):
            text = line[: 4 * LONGEST_LINE].replace(b"\0", b"").decode(errors="replace").strip()
            if text and (number or member.key not in torn):
                self.lines.append(Line(text[:LONGEST_LINE], self._now, path))
        offset = start + len(whole) + len(end)
        return [*member.key, offset, member.fingerprint(offset)]


def _is_read(member: _Member, known: Mapping[Key, _Cursor]) -> bool:
    """What is only a part of what the log itself held when it was read."""
    cursor = known.get(member.key)
    return cursor is not None and cursor.is_of_copy and member.found.st_size < cursor.offset


def _family(path: str, opened: contextlib.ExitStack) -> list[_Member]:
    """The log and its predecessors, the oldest first."""
    newest = sorted(predecessors(path), key=changed_at)[-MOST_PREDECESSORS:]
    found = [member for each in (path, *newest) if (member := _member(each, opened, is_current=each == path))]
    once = {member.key: member for member in reversed(found)}  # under two names while it is renamed by a link
    return sorted(once.values(), key=lambda each: (each.is_current, each.found.st_mtime_ns))


def _member(path: str, opened: contextlib.ExitStack, *, is_current: bool) -> _Member | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except FileNotFoundError:
        return None
    except PermissionError:
        raise NotHere(f"the log {path}", "let the daemon's user read it, as a member of the group adm can") from None
    except OSError as error:
        raise HostFailed(f"{path}: {error.strerror}") from error
    opened.callback(os.close, descriptor)
    found = os.fstat(descriptor)
    return _Member(path, descriptor, found, is_current) if stat.S_ISREG(found.st_mode) else None

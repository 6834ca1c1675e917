"""How files were, and how they differ from that now.

Of each file only a text is kept, before and after a look: tens of thousands of objects would be visited by the
collector of cycles, and everything else would wait for it.
"""

from __future__ import annotations

import math
import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from probed.core.observation import Memory
from probed.core.text import storable
from probed.host.file_digests import UNREADABLE, Reader
from probed.host.file_tree import Entry, Walk
from probed.host.files import group_name, owner_name
from probed.host.log_lines import as_mapping, as_number

LONGEST_S = 20.0
MOST_REMEMBERED = 13 * 2**18
"""Bytes, about: what is remembered has a bound."""
OVERHEAD = 100
"""Bytes remembered of a file beside its path."""
MOST_DIFFERING = 1000
"""Of which is remembered what was read; further ones are read again at the next look."""
UNKNOWN = None
"""The digest of what was not read yet."""
NOT_READ = "?"
AGAIN_WITHIN_S = 900.0
"""Everything is read again, as far as the bytes of one look go."""


@dataclass(frozen=True, slots=True)
class State:
    """Of one file."""

    digest: str | None
    mode: int
    uid: int
    gid: int
    size: int
    modified_ns: int
    changed_ns: int

    @property
    def facts(self) -> str:
        """All but the digest."""
        return f" {self.mode} {self.uid} {self.gid} {self.size} {self.modified_ns} {self.changed_ns}"

    @property
    def text(self) -> str:
        """As it is remembered."""
        return (NOT_READ if self.digest is UNKNOWN else self.digest) + self.facts

    @classmethod
    def of(cls, text: str) -> State:
        digest, *facts = text.split(" ")
        return cls(UNKNOWN if digest == NOT_READ else digest, *map(int, facts))


@dataclass(frozen=True, slots=True)
class Difference:
    path: str
    before: State | None
    now: State | None

    @property
    def kind(self) -> str:
        return "added" if not self.before else "removed" if not self.now else "changed"

    @property
    def is_of_content_only(self) -> bool:
        return not (self.before and self.now) or _rights(self.before) == _rights(self.now)

    @property
    def summary(self) -> str:
        """As in `changed: content, mode 0644 → 0666`."""
        if not (self.before and self.now):
            return self.kind
        before, now = self.before, self.now
        parts = [] if _is_same_content(before, now) else ["content"]
        if before.mode != now.mode:
            parts.append(f"mode {stat.S_IMODE(before.mode):04o} → {stat.S_IMODE(now.mode):04o}")
        if before.uid != now.uid:
            parts.append(f"owner {owner_name(before.uid)} → {owner_name(now.uid)}")
        if before.gid != now.gid:
            parts.append(f"group {group_name(before.gid)} → {group_name(now.gid)}")
        return f"changed: {', '.join(parts)}"

    @property
    def facts(self) -> dict[str, Any]:
        return {"kind": self.kind, "before": _facts(self.before), "now": _facts(self.now)}


@dataclass(slots=True)
class Baseline:
    """What is remembered."""

    files: dict[str, str]
    """The text of the state, by path."""
    differing: dict[str, str]
    """What was read of those that differ, so that they need not be read again."""
    position: str
    """The last path that was read again though nothing spoke for a change."""
    looked_at: float
    is_new: bool

    @classmethod
    def of(cls, known: Memory) -> Baseline:
        files, differing = (
            {path: text for path, text in as_mapping(known.get(name)).items() if isinstance(text, str)}
            for name in ("files", "differing")
        )
        position = str(known.get("position", ""))
        return cls(files, differing, position, as_number(known.get("at")), is_new="files" not in known)

    def memory(self, now: float) -> Memory:
        return {
            "files": self.files,
            "differing": self.differing,
            "position": self.position,
            "at": now,
        }

    def adopt(self, difference: Difference) -> None:
        self.differing.pop(storable(difference.path), None)
        if difference.now:
            self.files[storable(difference.path)] = difference.now.text
        else:
            self.files.pop(storable(difference.path), None)

    def unlearned(self) -> int:
        return sum(_is_unread(text) and path not in self.differing for path, text in self.files.items())


@dataclass(slots=True)
class Comparison:
    differences: list[Difference] = field(default_factory=list)
    number: int = 0
    unread: list[str] = field(default_factory=list)
    is_cut: bool = False


def compare(
    paths: Sequence[str], exclude: Sequence[str], baseline: Baseline, max_files: int, max_bytes: int, now: float
) -> Comparison:
    """Fills a new baseline, and goes on filling one that is not complete. `now`: seconds since the epoch."""
    until = time.monotonic() + LONGEST_S
    walk = Walk(paths, exclude, max_files, until)
    reader = Reader(max_bytes, until)
    seen = Comparison()
    there: dict[str, str] = {}
    for path, entry in _entries(walk):
        there[path] = entry.path
        if baseline.is_new:
            baseline.files[path] = _state(entry, UNKNOWN).text
        elif difference := _difference(path, entry, baseline, reader):
            seen.differences.append(difference)
    seen.number, seen.unread, seen.is_cut = len(there), walk.unread, walk.is_cut
    if seen.is_cut:
        seen.differences = [each for each in seen.differences if each.before]
    _read_on(there, baseline, reader, seen, _share(now - baseline.looked_at))
    if not seen.is_cut:
        seen.differences += _removed(there, baseline, seen.unread)
    read = [each for each in seen.differences if each.now and each.now.digest is not UNKNOWN]
    baseline.differing = {storable(each.path): each.now.text for each in read[:MOST_DIFFERING] if each.now}
    return seen


def _entries(walk: Walk) -> Iterator[tuple[str, Entry]]:
    remembered = 0
    for entry in walk.entries():
        if entry.is_file or entry.is_folder or entry.is_link:
            path = storable(entry.path)
            remembered += len(path.encode()) + OVERHEAD
            if remembered > MOST_REMEMBERED:
                walk.is_cut = True
                return
            yield path, entry


def _difference(path: str, entry: Entry, baseline: Baseline, reader: Reader) -> Difference | None:
    """None also where it could not be read any more at this look: at the next it can."""
    known, state = baseline.files.get(path), _state(entry, UNKNOWN)
    if known is None:
        return Difference(entry.path, None, state)
    is_as_stamped, cached = known.endswith(state.facts), baseline.differing.get(path, "")
    if is_as_stamped and not cached:
        return None
    before = State.of(known)
    if entry.is_folder:
        return Difference(entry.path, before, state)
    if not is_as_stamped and cached.endswith(state.facts):
        digest = State.of(cached).digest
    elif reader.is_spent:
        digest = before.digest
    else:
        digest = reader.digest(entry.path, entry.found)
    now = _state(entry, digest)
    if _is_same_content(before, now) and _rights(before) == _rights(now):
        if digest == before.digest and not reader.is_spent:
            baseline.files[path] = now.text
        return None
    return Difference(entry.path, before, now)


def _read_on(there: Mapping[str, str], baseline: Baseline, reader: Reader, seen: Comparison, share: float) -> None:
    """First what was never read, or may not be; then of the others this share in turn, from where the last look ended,
    but at least one."""
    differing = {storable(each.path) for each in seen.differences}
    steady = [path for path in sorted(baseline.files) if path in there and path not in differing]
    first = dict.fromkeys(
        path for path in steady if _is_unread(baseline.files[path]) or _may_not_be_read(baseline.files[path])
    )
    later = [path for path in steady if path > baseline.position]
    in_turn = [*later, *(path for path in steady if path <= baseline.position)]
    again = in_turn[: max(1, math.ceil(share * len(in_turn)))]
    _read_each(first, there, baseline, reader, seen)
    reader.left_bytes = min(reader.left_bytes, max(1, math.ceil(share * reader.most_bytes)))
    _read_each([path for path in again if path not in first], there, baseline, reader, seen)


def _share(elapsed_s: float) -> float:
    """Of all files, that are read again; all of them where the clock was set back."""
    return min(1.0, elapsed_s / AGAIN_WITHIN_S) if elapsed_s >= 0 else 1.0


def _read_each(
    paths: Iterable[str], there: Mapping[str, str], baseline: Baseline, reader: Reader, seen: Comparison
) -> None:
    for path in paths:
        if reader.is_spent:
            return
        before, now = State.of(baseline.files[path]), _read(there[path], reader)
        if now is None:
            continue
        if now.digest == UNREADABLE:
            seen.unread.append(there[path])
        elif before.digest not in (UNKNOWN, UNREADABLE, now.digest):
            seen.differences.append(Difference(there[path], before, now))
            continue
        if before.digest is UNKNOWN:
            baseline.files[path] = now.text
        else:
            baseline.position = path


def _read(path: str, reader: Reader) -> State | None:
    """None where it has gone meanwhile: the next look says so."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return _state(Entry(path, found), reader.digest(path, found))


def _removed(there: Mapping[str, str], baseline: Baseline, unread: Sequence[str]) -> Iterator[Difference]:
    for path, before in baseline.files.items():
        if path not in there and not any(path.startswith(f"{folder}/") for folder in unread):
            yield Difference(path, State.of(before), None)


def _is_unread(text: str) -> bool:
    return text.startswith(NOT_READ)


def _may_not_be_read(text: str) -> bool:
    return text.startswith(f"{UNREADABLE} ")


def _state(entry: Entry, digest: str | None) -> State:
    found = entry.found
    changed_ns, size = (0, 0) if entry.is_folder else (found.st_ctime_ns, found.st_size)
    modified_ns = 0 if entry.is_folder else found.st_mtime_ns
    return State(digest, found.st_mode, found.st_uid, found.st_gid, size, modified_ns, changed_ns)


def _rights(state: State) -> tuple[int, int, int]:
    return state.mode, state.uid, state.gid


def _is_same_content(before: State, now: State) -> bool:
    """What could not be read is judged by its size and the time of its last change."""
    if not before.digest or not now.digest:
        return (before.size, before.modified_ns) == (now.size, now.modified_ns)
    return before.digest == now.digest


def _facts(state: State | None) -> dict[str, Any]:
    if not state:
        return {}
    return {
        "mode": f"{stat.S_IMODE(state.mode):04o}",
        "owner": owner_name(state.uid),
        "group": group_name(state.gid),
        "size_bytes": state.size,
        "modified_at": state.modified_ns // 10**9,
        "sha256_144": state.digest or "",
    }

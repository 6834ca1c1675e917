"""The largest files below a folder, on its own file system."""

from __future__ import annotations

import heapq
import os
import time
from dataclasses import dataclass, field

from probed.errors import HostFailed

WALK_S = 6.0
MOST_ENTRIES = 500_000


@dataclass(order=True, frozen=True, slots=True)
class LargeFile:
    taken_bytes: int
    path: str
    size_bytes: int = field(compare=False)
    modified_at: float = field(compare=False)
    uid: int = field(compare=False)


@dataclass(slots=True)
class Search:
    files: tuple[LargeFile, ...] = ()
    """By the room that they take, the largest first."""
    entries: int = 0
    unreadable: int = 0
    ended_early: bool = False


def largest(folder: str, count: int, at_least_bytes: int = 0, within_s: float = WALK_S) -> Search:
    """Links are not followed, other file systems not entered; a file with several names counts once. Raises
    HostFailed."""
    found, search, seen = list[LargeFile](), Search(), set[int]()
    try:
        device, waiting = os.lstat(folder).st_dev, [folder]
        os.scandir(folder).close()
    except OSError as error:
        raise HostFailed(f"{folder}: {error.strerror}") from error
    ends_at = time.monotonic() + within_s
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    search.entries += 1
                    if search.entries >= MOST_ENTRIES or time.monotonic() >= ends_at:
                        search.ended_early, waiting = True, []
                        break
                    _look(entry, device, waiting, seen, found, count, at_least_bytes)
        except OSError:
            search.unreadable += 1
    search.files = tuple(sorted(found, reverse=True))
    return search


def _look(
    entry: os.DirEntry[str],
    device: int,
    waiting: list[str],
    seen: set[int],
    found: list[LargeFile],
    count: int,
    at_least_bytes: int,
) -> None:
    try:
        facts = entry.stat(follow_symlinks=False)
    except OSError:
        return
    if facts.st_dev != device or facts.st_ino in seen:
        return
    if entry.is_dir(follow_symlinks=False):
        waiting.append(entry.path)
    elif entry.is_file(follow_symlinks=False) and facts.st_size >= at_least_bytes:
        if facts.st_nlink > 1:
            seen.add(facts.st_ino)
        large = LargeFile(facts.st_blocks * 512, entry.path, facts.st_size, facts.st_mtime, facts.st_uid)
        (heapq.heappush if len(found) < count else heapq.heappushpop)(found, large)

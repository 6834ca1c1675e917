"""Whether anything was written to systemd's journal, by the times of its files: journald sets them within a quarter of
a second after a line, for those who follow it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress

FOLDERS = ("/run/log/journal", "/var/log/journal")
ARCHIVED = re.compile(r"@[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{16}\.journal$|\.journal~$")
"""Nothing is written to these any more; that they come and go is seen in their folder."""
SETTLED_NS = 2 * 10**9
"""So long after a change another one has another time, also on file systems that tell whole seconds."""

Mark = tuple[tuple[object, ...], ...]


def mark(directory: str = "") -> Mark | None:
    """As long as it is the same, nothing has been written. None where nobody can tell, because the last change is too
    new or the folders may not be read. `directory`: of another journal than this host's own."""
    newest, seen = 0, []
    try:
        for path, found in _files((directory,) if directory else FOLDERS):
            newest = max(newest, found.st_mtime_ns, found.st_ctime_ns)
            seen.append((path, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
    except OSError:
        return None
    return tuple(seen) if time.time_ns() - newest > SETTLED_NS else None


def _files(tops: tuple[str, ...]) -> Iterator[tuple[str, os.stat_result]]:
    """The folders, and the files in them that are written to. Raises OSError."""
    waiting = list(tops)
    while waiting:
        folder = waiting.pop()
        with suppress(FileNotFoundError):
            yield folder, os.stat(folder)
            with os.scandir(folder) as entries:
                for entry in sorted(entries, key=lambda each: each.name):
                    if folder in tops and entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif not ARCHIVED.search(entry.name):
                        yield entry.path, entry.stat()

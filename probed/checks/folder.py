"""What is in a folder: how many files, how much room they take, and how old the oldest is.

Parameters: `path`, `exclude` (none; paths and shell patterns), `files` (off), more of which, `size` (off), more room
than which, and `oldest` (off), an older file than which is a warning, `for` (0s), `timeout` (10s).

A queue whose files grow old, or more and more, is one that nobody works off: outgoing mail, jobs, uploads, crash
dumps. All folders below count, links are not followed, and room is what is really taken on the disk. What one file
should be like is told by `file`, how full the disk is by `disk`. At most 200000 entries are looked at; where that, or
the time, is not enough, or a folder may not be read, that is said. `clean_files` fits, if the document and the
configuration allow it.

Example:
  - folder: {path: /var/spool, files: 5000, oldest: 30d, exclude: ["/var/spool/cron*"]}
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from probed.checks.parameters import DurationBound, For, NumberBound, SizeBound, Timeout, absolute
from probed.config.values import Names
from probed.core.inspection import age_text
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.size import size_text
from probed.core.text import storable
from probed.core.threshold import Threshold
from probed.host.file_tree import Walk

MOST_ENTRIES = 200_000
BLOCK_BYTES = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    path: Annotated[str, AfterValidator(absolute)]
    exclude: Annotated[tuple[str, ...], Names] = ()
    files: NumberBound = None
    size: SizeBound = None
    oldest_s: Annotated[DurationBound, Field(alias="oldest")] = None
    for_s: For = 0.0
    timeout_s: Timeout = 10.0


@dataclass(slots=True)
class Content:
    files: int = 0
    taken_bytes: int = 0
    oldest_at: float | None = None
    oldest: str = ""


def look(params: Params) -> CheckAnswer:
    walk = Walk([params.path], params.exclude, MOST_ENTRIES, time.monotonic() + params.timeout_s)
    content, is_there = Content(), False
    for entry in walk.entries():
        is_there = True
        content.taken_bytes += entry.found.st_blocks * BLOCK_BYTES
        if entry.is_file:
            content.files += 1
            if content.oldest_at is None or entry.found.st_mtime < content.oldest_at:
                content.oldest_at, content.oldest = entry.found.st_mtime, entry.path
    if not is_there:
        return tuple(_notes(walk)) or (Absent(f"the folder {params.path}"),)
    return (*_observations(content, params), *_notes(walk))


def _observations(content: Content, params: Params) -> Iterator[Observation]:
    def bound(warning: float | None) -> Threshold:
        return Threshold(warning=warning, for_s=params.for_s)

    path, files, taken = params.path, content.files, content.taken_bytes
    yield Observation(f"{path} files", f"{path} has {files} files", files, "files", bound(params.files))
    yield Observation(f"{path} size", f"{path} takes {size_text(taken)}", taken, "bytes", bound(params.size))
    if content.oldest_at is None:
        yield Observation(f"{path} oldest", f"{path} has no file", 0.0, "s", bound(params.oldest_s))
        return
    age_s = round(max(0.0, time.time() - content.oldest_at), 1)
    oldest = storable(content.oldest)
    summary = f"the oldest file in {path} was last changed {age_text(age_s)} ago: {oldest}"
    yield Observation(f"{path} oldest", summary, age_s, "s", bound(params.oldest_s), evidence={"path": oldest})


def _notes(walk: Walk) -> Iterator[Absent]:
    if walk.unread:
        where = storable(walk.unread[0])
        yield Absent(f"what is in {len(walk.unread)} folders, {where} among them", "let the daemon's user read them")
    if walk.is_cut:
        yield Absent(f"what is beyond the first {MOST_ENTRIES} entries, or the time", "name a folder further below")

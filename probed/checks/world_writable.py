"""Files and folders that every user of this host can write: whoever gets in as anybody rules over what they rule over.

Parameters: `paths` (/etc; files, folders with all below them, shell patterns), `exclude` (shell patterns of paths),
`severity` (warning), `max_files` (100000), `for` (0s).

Looked at are the permission bits; links do not count, nor do sockets, pipes and devices, nor sticky folders, in which
nobody can remove what is another's (/tmp). Folders that the daemon may not read are said. Other names than those of
/etc that are worth it: the folders of a web server's programs, scripts that cron or systemd starts, /root, /opt.
`restore_mode` fits, for files whose mode the configuration lays down; by hand it is `chmod o-w PATH`.

Example:
  - world_writable: {paths: [/etc, /usr/local], exclude: [/etc/demo/*]}
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from probed.checks.parameters import For, absolute, lasting
from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.text import storable
from probed.host import files
from probed.host.file_tree import Entry, Walk

WRITABLE, STICKY = 0o002, 0o1000
MOST_FINDINGS = 20
MOST_SHOWN = 50
LONGEST_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    paths: Annotated[tuple[Annotated[str, AfterValidator(absolute)], ...], Names, Field(min_length=1)] = ("/etc",)
    exclude: Annotated[tuple[str, ...], Names] = ()
    severity: Severity = Severity.WARNING
    max_files: Annotated[int, Field(ge=1, le=1_000_000)] = 100_000
    for_s: For = 0.0


def look(params: Params) -> CheckAnswer:
    walk = Walk(params.paths, params.exclude, params.max_files, time.monotonic() + LONGEST_S, links=False)
    number, writable = 0, []
    for entry in walk.entries():
        number += 1
        if _is_open(entry):
            writable.append(entry)
    answer = [_observation(entry, params) for entry in writable[:MOST_FINDINGS]]
    if more := writable[MOST_FINDINGS:]:
        answer.append(_more(more, params))
    return (*(answer or [_healthy(number, params)]), *_notes(walk))


def _is_open(entry: Entry) -> bool:
    mode = entry.found.st_mode
    return bool(mode & WRITABLE) and (entry.is_file or (entry.is_folder and not mode & STICKY))


def _observation(entry: Entry, params: Params) -> Observation:
    kind = "file" if entry.is_file else "folder"
    mode = f"{entry.found.st_mode & 0o7777:04o}"
    return Observation(
        storable(entry.path),
        f"every user can write the {kind} {storable(entry.path)}",
        threshold=lasting(params.for_s),
        severity=params.severity,
        evidence={"kind": kind, "mode": mode, "owner": files.owner_name(entry.found.st_uid)},
    )


def _more(entries: Sequence[Entry], params: Params) -> Observation:
    return Observation(
        "others",
        f"every user can write {len(entries)} more files and folders",
        threshold=lasting(params.for_s),
        severity=params.severity,
        evidence={"paths": [storable(each.path) for each in entries[:MOST_SHOWN]]},
    )


def _healthy(number: int, params: Params) -> Observation:
    places = ", ".join(params.paths)
    return Observation(
        "permissions",
        f"{places}: none of {number} files and folders can be written by everybody",
        evidence={"files": number},
    )


def _notes(walk: Walk) -> list[Absent]:
    notes = []
    if walk.unread:
        what = f"what lies in {len(walk.unread)} folders, {storable(walk.unread[0])} among them"
        notes.append(Absent(what, "let the daemon's user read them, or put them into `exclude`"))
    if walk.is_cut:
        notes.append(Absent("a part of the files: there are too many", "name fewer `paths`, or raise `max_files`"))
    return notes

from __future__ import annotations

import itertools
import os
import time
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from probed.agent.probes.parameters import PathOrNone, Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Cell, Table
from probed.errors import HostFailed
from probed.host import mounts

WALK_S = 5.0
MAX_ENTRIES = 300_000
"""Where a walk ends, so that a question never costs the host more than this."""


@dataclass(frozen=True, slots=True)
class Params:
    path: Annotated[
        PathOrNone, Field(description="a folder: what takes the room below it, largest first; empty: the file systems")
    ] = ""
    limit: Rows = 20


def look(params: Params) -> Table:
    return _below(params.path, params.limit) if params.path else _file_systems(params.limit)


def _file_systems(limit: int) -> Table:
    rows = sorted(map(_file_system, mounts.stores(mounts.mounts())), key=lambda row: -float(row[-2] or 0))
    columns = ("mount_point", "type", "size_gib", "available_gib", "used_percent", "inodes_used_percent")
    return Table(columns, rows, limit=limit)


def _file_system(mount: mounts.Mount) -> tuple[Cell, ...]:
    try:
        usage = mounts.usage(mount)
    except HostFailed as error:
        return (mount.mount_point, mount.fs_type, None, str(error), None, None)
    return (
        mount.mount_point,
        mount.fs_type,
        round(usage.total_bytes / 2**30, 2),
        round(usage.available_bytes / 2**30, 2),
        round(usage.used_percent, 1),
        round(usage.inodes_used_percent, 1),
    )


@dataclass(slots=True)
class _Walk:
    device: int
    ends_at: float
    entries: int = 0
    unreadable: int = 0
    seen: set[int] = field(default_factory=set)
    """Inodes with several names, which count once."""

    @property
    def is_over(self) -> bool:
        return self.entries >= MAX_ENTRIES or time.monotonic() >= self.ends_at


def _below(path: str, limit: int) -> Table:
    """Room on the path's own file system; links are not followed."""
    try:
        walk = _Walk(os.lstat(path).st_dev, time.monotonic() + WALK_S)
        with os.scandir(path) as entries:
            rows = [_row(entry, walk) for entry in itertools.takewhile(lambda _: not walk.is_over, entries)]
    except OSError as error:
        raise HostFailed(f"{path}: {error.strerror}") from error
    rows.sort(key=lambda row: -float(row[2] or 0))
    return Table(("name", "kind", "mib", "entries"), rows, limit=limit, note=_note(walk))


def _row(entry: os.DirEntry[str], walk: _Walk) -> tuple[Cell, ...]:
    before = walk.entries
    if entry.is_dir(follow_symlinks=False):
        return (entry.name, "folder", round(_tree_bytes(entry, walk) / 2**20, 1), walk.entries - before)
    kind = "link" if entry.is_symlink() else "file"
    return (entry.name, kind, round(max(_own_bytes(entry, walk), 0) / 2**20, 1), 1)


def _tree_bytes(top: os.DirEntry[str], walk: _Walk) -> int:
    total, folders = _own_bytes(top, walk), [top.path]
    if total < 0:
        return 0
    while folders and not walk.is_over:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in itertools.takewhile(lambda _: not walk.is_over, entries):
                    total += max(size := _own_bytes(entry, walk), 0)
                    if size >= 0 and entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
        except OSError:
            walk.unreadable += 1
    return total


def _own_bytes(entry: os.DirEntry[str], walk: _Walk) -> int:
    """What the entry itself takes; -1 where it belongs to another file system or has gone."""
    walk.entries += 1
    try:
        facts = entry.stat(follow_symlinks=False)
    except OSError:
        return -1
    if facts.st_dev != walk.device:
        return -1
    if facts.st_nlink > 1 and not entry.is_dir(follow_symlinks=False):
        if facts.st_ino in walk.seen:
            return 0
        walk.seen.add(facts.st_ino)
    return facts.st_blocks * 512


def _note(walk: _Walk) -> str:
    notes = []
    if walk.is_over:
        notes.append(
            f"stopped after {walk.entries} entries: the figures are lower bounds; ask for a folder further down"
        )
    if walk.unreadable:
        notes.append(f"{walk.unreadable} folders may not be read")
    return "; ".join(notes)


PROBE = Probe(
    "disk_usage",
    "How full the file systems are, or what takes the room below a folder (on its own file system).",
    Params,
    looking("disk_usage", look),
)

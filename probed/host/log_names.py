"""Which files are logs, and which ones their predecessors, by their names."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Container, Iterator, Sequence

from probed.core.pattern import is_pattern
from probed.host import files

ROTATED = re.compile(r"[.-]\d[\d.-]{0,30}")
"""What stands behind the name of a log in that of its predecessor, which is not compressed."""
LONGEST_ROTATED = 32
PACKED = (".gz", ".xz", ".bz2", ".zst", ".lz4")


def logs_of(patterns: Sequence[str]) -> Sequence[str]:
    """Those that fit, without what they were renamed to. Raises NotHere where a folder keeps them from being found."""
    found: dict[str, None] = {}
    for pattern in patterns:
        fitting = files.fitting(pattern) if is_pattern(pattern) else (pattern,)
        among = frozenset(fitting)
        found.update(dict.fromkeys(path for path in fitting if not _is_predecessor(path, among)))
    return list(found)


def predecessors(path: str) -> Sequence[str]:
    """What the log was renamed or copied to, and is not compressed."""
    stem, _ = os.path.splitext(path)
    return [each for each in glob.glob(f"{glob.escape(stem)}*") if path in _called_before(each)]


def older(path: str) -> Sequence[str]:
    """What the log was renamed or copied to, compressed or not, the newest first."""
    stem, _ = os.path.splitext(path)
    found = (each for each in glob.glob(f"{glob.escape(stem)}*") if path in _called_before(_unpacked(each)))
    return sorted(found, key=changed_at, reverse=True)


def changed_at(path: str) -> int:
    """0 where nobody can tell."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _is_predecessor(path: str, among: Container[str]) -> bool:
    """`*.log*` also fits what a log was renamed to."""
    return path.endswith(PACKED) or any(log in among for log in _called_before(path))


def _unpacked(name: str) -> str:
    stem, extension = os.path.splitext(name)
    return stem if extension in PACKED else name


def _called_before(name: str) -> Iterator[str]:
    """What a predecessor may have been called as a log: `app.log` of `app.log.1`, or with logrotate's `extension` of
    `app-20260101.log`."""
    stem, extension = os.path.splitext(name)
    for rotated, rest in ((name, ""), (stem, extension)):
        for end in range(max(0, len(rotated) - LONGEST_ROTATED), len(rotated)):
            if ROTATED.fullmatch(rotated, end):
                yield rotated[:end] + rest

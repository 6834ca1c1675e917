"""Folders that somebody else answers for: a server, or a program behind FUSE. Whoever asks one that has stopped sleeps
in the kernel, so this is found out without asking them anything."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import PurePath

from probed.core.pattern import is_pattern
from probed.host.mounts import Kind, Mount, is_below

MOST_LINKS = 40
"""As the kernel counts them."""


def far_points(among: Iterable[Mount]) -> tuple[str, ...]:
    """Where such folders are mounted, or would be once somebody goes there."""
    return tuple(
        each.mount_point
        for each in among
        if each.kind is Kind.NETWORK or each.fs_type.startswith("fuse") or each.fs_type == "autofs"
    )


def leads_far(path: str, points: Iterable[str]) -> bool:
    """Whether the way to `path`, which may be a pattern, leads to one of the `points`, over links as well."""
    parts, points, links = list(PurePath(path).parts[1:]), tuple(points), 0
    here = "/"
    while parts:
        part = parts.pop(0)
        if is_pattern(part):
            return any(is_below(point, here) for point in points)
        here = os.path.normpath(os.path.join(here, part))
        if here in points:
            return True
        try:
            target = os.readlink(here)
        except OSError:  # no link
            continue
        links += 1
        if links > MOST_LINKS:
            return True
        parts = [*PurePath(os.path.join(os.path.dirname(here), target)).parts[1:], *parts]
        here = "/"
    return False

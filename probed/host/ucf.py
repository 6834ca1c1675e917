"""Settings that no package's list names, since Debian's ucf keeps them, and how their packages bring them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

KEPT = "var/lib/ucf"


def as_brought(paths: Collection[str], root: str = "/") -> Iterator[tuple[str, str, str]]:
    """Path, MD5 and package of each of those paths that ucf keeps, as the newest version of the package has it."""
    packages = {path: package for package, path in _lines("registry", root)}
    for digest, path in _lines("hashfile", root):
        if path in paths:
            yield path, digest, packages.get(path, "ucf")


def settings(root: str = "/") -> Iterator[str]:
    yield from (path for _, path in _lines("hashfile", root))


def _lines(name: str, root: str) -> Iterator[tuple[str, str]]:
    """Nothing where there is no ucf, or it may not be asked."""
    try:
        with open(os.path.join(root, KEPT, name), errors="surrogateescape") as file:
            for line in file:
                first, _, path = line.strip().partition(" ")
                yield first, path.strip()
    except OSError:
        return

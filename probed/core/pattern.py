"""Shell patterns over names: `*`, `?` and `[…]`."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

WILDCARDS = frozenset("*?[")


def is_pattern(text: str) -> bool:
    return not WILDCARDS.isdisjoint(text)


def fits_any(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)

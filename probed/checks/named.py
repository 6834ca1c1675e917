"""What a document names, no mere pattern, ought to be there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeVar

from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.core.pattern import is_pattern
from probed.errors import NotHere

T = TypeVar("T")


def found_of(names: Sequence[str], read: Callable[[], Sequence[T]]) -> Sequence[T]:
    """What there is; nothing where the host has no such things at all and yet some are named. Raises NotHere."""
    try:
        return read()
    except NotHere as missing:
        if missing.remedy or all(map(is_pattern, names)):
            raise
        return ()


def missing(names: Sequence[str], found: Collection[str], what: str) -> Iterator[Observation]:
    for name in names:
        if not is_pattern(name) and name not in found:
            summary = f"there is no {what} {name}, which the document names"
            yield Observation(name, summary, severity=Severity.CRITICAL, boot_grace=True)

"""One page of a list, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


@dataclass(frozen=True, slots=True)
class PageOf(Generic[Item]):
    items: list[Item]
    next: str | None = None
    """Pass it as `before` to get the following page; null at the end. A page of large items may be shorter than asked
    for."""

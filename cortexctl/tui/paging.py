"""A long list of the daemon's, of which only what is near the view is in memory.

The daemon gives pages by key: what follows `before`, the newest first. What was seen stays as a count with its key, so
that it is read again when somebody scrolls back.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Generic, TypeVar, overload

from probed.wire.page import MAX_LIMIT

Item = TypeVar("Item")

KEPT = 2
"""Sheets on either side of the view whose rows stay in memory."""
MOST_AHEAD = 2000
"""So many new rows may come while somebody looks further down; then the list begins anew."""


@dataclass(slots=True)
class Sheet(Generic[Item]):
    """What one request brought."""

    before: str | None
    asked: int
    """How many items it holds, or held; those that the filter leaves out included."""
    count: int
    """Of its rows."""
    items: list[Item] | None
    """None: no longer in memory."""
    shown: list[Item] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The next request."""

    before: str | None
    limit: int
    number: int
    """Of the sheet that it fills."""


class Paging(Sequence["Item | None"], Generic[Item]):
    """Its rows; None where one is not in memory."""

    def __init__(self, key: Callable[[Item], str], keep: Callable[[Item], bool], limit: int) -> None:
        self._key, self._keep, self._limit = key, keep, limit
        self._sheets: list[Sheet[Item]] = []
        self._ends: list[int] = []
        self._next: str | None = None
        self.is_whole = False
        """Whether there is nothing more to ask for."""

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, row: int) -> Item | None: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[Item | None]: ...
    def __getitem__(self, row: int | slice) -> Item | Sequence[Item | None] | None:
        if isinstance(row, slice):
            return [self[each] for each in range(*row.indices(len(self)))]
        if not 0 <= row < len(self):
            raise IndexError(row)
        number = self._number(row)
        sheet = self._sheets[number]
        return sheet.shown[row - self._start(number)] if sheet.items is not None else None

    @property
    def looked_at(self) -> int:
        """The rows and what the filter leaves out."""
        return sum(sheet.asked for sheet in self._sheets)

    @property
    def in_memory(self) -> int:
        return sum(len(sheet.items or ()) for sheet in self._sheets)

    def loaded(self) -> Iterator[Item]:
        """Those rows that are in memory."""
        for sheet in self._sheets:
            yield from sheet.shown

    def row_of(self, key: str) -> int | None:
        """Where it is, among what is in memory."""
        for number, sheet in enumerate(self._sheets):
            for row, item in enumerate(sheet.shown):
                if self._key(item) == key:
                    return self._start(number) + row
        return None

    def wanted(self, first: int, last: int) -> Wanted | None:
        """What has to be asked for so that the rows from `first` to `last` can be shown; None: nothing."""
        for number in self._overlapping(first, last):
            sheet = self._sheets[number]
            if sheet.items is None:
                return Wanted(sheet.before, sheet.asked, number)
        if self.is_whole or len(self) > last:
            return None
        limit = MAX_LIMIT if last - len(self) > MAX_LIMIT else self._limit
        return Wanted(self._next, limit, len(self._sheets))

    def seen(self, first: int, last: int) -> list[Wanted]:
        """What has to be asked for to see those rows as they are now, but for the head."""
        return [
            Wanted(self._sheets[number].before, self._sheets[number].asked, number)
            for number in self._overlapping(first, last)
            if number and self._sheets[number].asked
        ]

    def take(self, wanted: Wanted, items: Sequence[Item], following: str | None) -> None:
        """The answer; one that no longer fits is left out."""
        number = wanted.number
        if number > len(self._sheets) or (number < len(self._sheets) and self._sheets[number].before != wanted.before):
            return
        self._sheets[number : number + 1] = [self._sheet(wanted.before, items)]
        self._go_on_after(number, following)

    def take_head(self, items: Sequence[Item], following: str | None) -> None:
        """What the daemon has now for the very first page: what is new comes in front, the rest is renewed."""
        old = (self._sheets[0].items or []) if self._sheets else []
        keys = {self._key(item) for item in items}
        common = [number for number, item in enumerate(old) if self._key(item) in keys]
        if common and following is not None and len(old) < MOST_AHEAD:
            self._sheets[0] = self._sheet(None, [*items, *old[common[-1] + 1 :]])
            self._count()
        else:
            self._sheets = [self._sheet(None, items)]
            self._go_on_after(0, following)

    def _go_on_after(self, number: int, following: str | None) -> None:
        """Sheets that do not continue this one are asked for again."""
        if number + 1 < len(self._sheets) and self._sheets[number + 1].before == following:
            self._count()
            return
        del self._sheets[number + 1 :]
        self._next, self.is_whole = following, following is None
        self._count()

    def forget(self, first: int, last: int) -> None:
        """What is far from those rows leaves the memory; the head stays, by which the new is known."""
        near = self._overlapping(first, last)
        if not near:
            return
        for number, sheet in enumerate(self._sheets):
            if number and not near[0] - KEPT <= number <= near[-1] + KEPT:
                sheet.items, sheet.shown = None, []

    def _sheet(self, before: str | None, items: Sequence[Item]) -> Sheet[Item]:
        shown = [item for item in items if self._keep(item)]
        return Sheet(before, len(items), len(shown), list(items), shown)

    def _overlapping(self, first: int, last: int) -> list[int]:
        if not len(self):
            return []
        end = max(0, min(last, len(self) - 1))
        return list(range(self._number(max(0, min(first, end))), self._number(end) + 1))

    def _number(self, row: int) -> int:
        return bisect_right(self._ends, row)

    def _start(self, number: int) -> int:
        return self._ends[number - 1] if number else 0

    def _count(self) -> None:
        self._ends = list(accumulate(sheet.count for sheet in self._sheets))

"""Lists that page by key, newest first, and rows found by a prefix of their id.

Newest means stored last (`seq`): ids follow the wall clock, which may be set back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Generic, TypeVar

from probed.core.phrases import Phrase, phrase
from probed.errors import Conflict, NotFound, ParameterError
from probed.monitor.session import Row, Session
from probed.monitor.statements import Table, select_from
from probed.ports import Page

T = TypeVar("T")
R = TypeVar("R")
BEYOND_EVERY_ID = "~"
"""Sorts behind each character of an id."""
MOST_BYTES = 4 * 2**20
"""Of the text in one page: it ends early rather than taking the memory for hundreds of large rows."""
CANDIDATES = 5
"""Ids that are named where a beginning fits more than one."""
PIECE = 50
"""Rows that are read at once."""


class Room:
    """What one page may still take. The first row always fits, else a page would not get on."""

    def __init__(self) -> None:
        self._left_bytes: float = inf

    def fill(self, rows: Sequence[R], size_of: Callable[[R], int]) -> Sequence[R]:
        """The first of the rows, as many as fit."""
        for number, row in enumerate(rows):
            size_bytes = size_of(row)
            if size_bytes > self._left_bytes:
                return rows[:number]
            self._left_bytes = min(self._left_bytes, MOST_BYTES) - size_bytes
        return rows


def size_of(row: Row) -> int:
    return sum(len(cell) for cell in row if isinstance(cell, str))


@dataclass(frozen=True, slots=True, eq=False)
class Listing(Generic[T]):
    """How one kind of thing is listed. `number` is the column that grows with every row; `key`, by which a page is
    asked for, is either the same column or the text id."""

    noun: str
    table: Table
    from_row: Callable[[Row], T]
    number: str = "seq"
    key: str = "id"
    only: str = ""
    """Lists no other rows."""

    async def page(
        self, session: Session, limit: int, before: str | None, **filters: str | None
    ) -> tuple[Sequence[Row], str | None]:
        """At most `limit` rows, fewer where they are large, and the key of the following page. Filters: column → value,
        None meaning any."""
        asked = {name: value for name, value in filters.items() if value is not None}
        statement, room = _page_sql(self, tuple(asked)), Room()
        rows: list[Row] = []
        while len(rows) < limit:
            wanted = min(limit - len(rows), PIECE)
            position = self._position(before)
            found = await session.rows(statement, {**asked, "before": position, "limit": wanted + 1})
            fitting = room.fill(found[:wanted], size_of)
            rows += fitting
            if len(fitting) == len(found):
                return rows, None
            before = str(rows[-1][self.key])
            if len(fitting) < wanted:
                break
        return rows, before

    async def find(self, session: Session, prefix: str) -> Row:
        """The row whose id is `prefix` or, if there is only one, begins with it. Raises NotFound, Conflict."""
        parameters = {"prefix": prefix, "beyond": prefix + BEYOND_EVERY_ID}
        rows = await session.rows(_find_sql(self), parameters) if prefix else ()
        if not rows:
            raise NotFound(phrase("no {noun} {id}", noun=Phrase.of(self.noun), id=prefix))
        if len(rows) > 1 and rows[0]["id"] != prefix:
            raise await self._ambiguous(session, prefix, parameters)
        return rows[0]

    async def _ambiguous(self, session: Session, prefix: str, parameters: Mapping[str, str]) -> Conflict:
        rows = await session.rows(_candidates_sql(self), parameters)
        named = ", ".join([str(row["id"]) for row in rows[:CANDIDATES]] + ["…"] * (len(rows) > CANDIDATES))
        return Conflict(
            phrase(
                "{id} is the beginning of more than one {noun}: {candidates}",
                id=prefix,
                noun=Phrase.of(self.noun),
                candidates=named,
            )
        )

    def _position(self, before: str | None) -> str | int | None:
        if before is None or self.key != self.number:
            return before
        if not (before.isascii() and before.isdigit() and len(before) < 19):
            raise ParameterError("before", f"{before!r} is no key of this list")
        return int(before)


def as_page(listing: Listing[T], rows: Sequence[Row], following: str | None) -> Page[T]:
    return Page([listing.from_row(row) for row in rows], following)


@cache
def _page_sql(listing: Listing[object], asked: Sequence[str]) -> str:
    only = [listing.only] if listing.only else []
    conditions = (*(f'"{name}" = :{name}' for name in asked), *only, f"{listing.number} < {_bound(listing)}")
    return select_from(listing.table, *conditions, order=f"{listing.number} DESC") + " LIMIT :limit"


def _bound(listing: Listing[object]) -> str:
    """A row that was removed meanwhile still marks its place: the page goes on behind the next older id."""
    if listing.key == listing.number:
        marked = ":before"
    else:
        marked = f"""(
            SELECT seq + (id < :before) FROM {listing.table.name} WHERE id <= :before ORDER BY id DESC LIMIT 1
        )"""  # noqa: S608 (no value from outside)
    return f"CASE WHEN :before IS NULL THEN 9223372036854775807 ELSE {marked} END"


@cache
def _find_sql(listing: Listing[object]) -> str:
    return select_from(listing.table, "id >= :prefix", "id < :beyond", order="id") + " LIMIT 2"


@cache
def _candidates_sql(listing: Listing[object]) -> str:
    beginning = f"SELECT id FROM {listing.table.name} WHERE id >= :prefix AND id < :beyond"  # noqa: S608 (as above)
    return f"{beginning} ORDER BY id LIMIT {CANDIDATES + 1}"

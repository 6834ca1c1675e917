"""What a probe answers: rows under named columns, and how it goes on where there is more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from probed.core.redaction import mask

MAX_CELL = 400
"""Characters of one text."""
MAX_LINE = 1000
"""Characters of one text, where the texts are what was asked for."""
MAX_MASKED = 8192
"""Characters of it that are looked at for secrets; what is shown is among them."""
MAX_KEPT_ROWS = 2000
MAX_KEPT = 262_144
"""Characters of the rows that are kept for a question that pages on."""

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    """The most telling first."""
    total: int | None = None
    """How many rows there are, where `rows` holds fewer."""
    note: str = ""
    limit: int = 100
    """So many rows at most stand in one answer; the others are there to be paged on to."""
    both_ends: bool = False
    """The rows have an order in which the last count as well: of what is too long, some are shown of either end."""
    max_cell: int = MAX_CELL
    more: Callable[[], Table] | None = None
    """Looks on behind the last row, from the very place where this look ended. Blocks; raises as the look does."""
    hide: Callable[[str], str] = mask
    """What is done to each text before it is shown: at the least, what looks like a credential is masked."""
    skipped: int = 0
    """Rows of the same question that were shown before."""

    @property
    def whole(self) -> int:
        """All the rows that there are, as far as is known."""
        return max(self.total or 0, self.skipped + len(self.rows))

    def after(self, head: int, tail: int) -> Table:
        """What lies behind the first `head` rows, and before the last `tail`; no more of it than may be kept."""
        rest = self.rows[head : len(self.rows) - tail]
        total = self.total if self.more else self.whole - tail
        return replace(self, rows=_keepable(rest), skipped=self.skipped + head, total=total, both_ends=False)

    def __bool__(self) -> bool:
        return bool(self.rows or self.more)


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _keepable(rows: Sequence[Sequence[Cell]]) -> Sequence[Sequence[Cell]]:
    kept: list[Sequence[Cell]] = []
    room = MAX_KEPT
    for row in rows[:MAX_KEPT_ROWS]:
        room -= sum(min(len(cell), MAX_MASKED) if isinstance(cell, str) else 8 for cell in row)
        if room < 0:
            break
        kept.append(row)
    return kept

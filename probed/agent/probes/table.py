"""What a probe answers: rows under named columns, cut to what a model can read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from probed.core.redaction import mask

MAX_BYTES = 16_384
MAX_CELL = 400
"""Characters of one text."""
MAX_MASKED = 8192
"""Characters of it that are looked at for secrets; what is shown is among them."""

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    """The most telling first: what does not fit is cut from the end. What looks like a credential is masked."""
    total: int | None = None
    """How many rows there are, where `rows` holds fewer."""
    note: str = ""

    def render(self, max_bytes: int = MAX_BYTES) -> str:
        """One JSON object of at most `max_bytes`; `truncated` stands in it only where something was left out. Takes its
        time: to be called beside the event loop."""
        rows = [[_shown(cell) for cell in row] for row in self.rows]
        shown = len(rows)
        while len(text := self._text(rows[:shown])) > max_bytes and shown:
            shown = min(shown - 1, shown * max_bytes // len(text))
        return text.decode()

    def _text(self, rows: Sequence[Sequence[Cell]]) -> bytes:
        shown = len(rows)
        answer: dict[str, object] = {"columns": self.columns, "rows": rows}
        total = max(self.total or 0, len(self.rows))
        if shown < total:
            answer["truncated"] = f"the first {shown} of {total} rows"
        if self.note:
            answer["note"] = mask(self.note)
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(cell: Cell) -> Cell:
    """Masked before it is cut, for half a secret has no shape."""
    if not isinstance(cell, str):
        return cell
    masked = mask(cell[:MAX_MASKED])[:MAX_CELL]
    return masked if len(cell) <= MAX_CELL else f"{masked}… ({len(cell)} characters)"

"""One answer: as much of a table as a model can read, from its beginning and, where it counts, from its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from probed.agent.probes.table import MAX_MASKED, Cell, Table
from probed.core.redaction import mask

MAX_BYTES = 16_384
MAX_NOTE = 1000
MAX_REASON = 2000
SHARE_OF_THE_END = 4
"""One part in so many."""
WORDS = 300
"""Bytes that are kept free for what is said about rows that are left out."""


@dataclass(frozen=True, slots=True)
class Page:
    text: str
    """One JSON object of at most so many bytes as were wanted."""
    rest: Table | None = None
    """What `next` in it leads to."""


def page_of(table: Table, evidence: str, max_bytes: int = MAX_BYTES) -> Page:
    """`truncated` and `next` stand in it only where something was left out. Takes its time: to be called beside the
    event loop."""
    room = max_bytes - WORDS - len(_encoded(_object(table, evidence, (), ())))
    head, tail = _ends(table, room)
    content = _object(table, evidence, head, tail)
    rest = table.after(len(head), len(tail))
    left = rest if rest else None
    if said := _left_out(table, len(head), len(tail), left):
        content["truncated"] = said
    if left:
        content["next"] = cursor_of(evidence)
    return Page(_encoded(content).decode(), left)


def failure_of(reason: str, evidence: str, hide: Callable[[str], str] = mask) -> str:
    """The answer where there is none: half a character that a model quoted back, or a secret in a program's complaint,
    is not in it."""
    return _encoded({"evidence": evidence, "failed": hide(_plain(reason))[:MAX_REASON]}).decode()


def cursor_of(evidence: str) -> str:
    return f"after-{evidence}"


def _ends(table: Table, room: int) -> tuple[list[list[Cell]], list[list[Cell]]]:
    first = table.rows[: table.limit]
    head = _fitting(table, first, room)
    if len(head) == len(table.rows) or not table.both_ends or table.limit < SHARE_OF_THE_END:
        return head, []
    last = table.rows[len(table.rows) - table.limit // SHARE_OF_THE_END :]
    tail = _fitting(table, reversed(last), room // SHARE_OF_THE_END)[::-1]
    left = room - sum(map(_bytes, tail))
    return _fitting(table, first[: table.limit - len(tail)], left), tail


def _fitting(table: Table, rows: Iterable[Sequence[Cell]], room: int) -> list[list[Cell]]:
    """From the first on; that one always, however much has to be cut from its texts."""
    fitting: list[list[Cell]] = []
    left = room
    for row in rows:
        shown = _shown_row(table, row, room)
        left -= _bytes(shown)
        if left < 0 and fitting:
            break
        fitting.append(shown)
    return fitting


def _shown_row(table: Table, row: Sequence[Cell], room: int) -> list[Cell]:
    max_cell = table.max_cell
    masked = [table.hide(_plain(cell)) if isinstance(cell, str) else cell for cell in row]
    while True:
        shown = [_shown(short, whole, max_cell) for short, whole in zip(masked, row, strict=True)]
        if _bytes(shown) <= room or not max_cell:
            return shown
        max_cell //= 2


def _shown(masked: Cell, whole: Cell, most: int) -> Cell:
    """Masked before it is cut, for half a secret has no shape."""
    if not isinstance(masked, str) or not isinstance(whole, str) or len(whole) <= most:
        return masked
    return f"{masked[:most]}… ({len(whole)} characters)"


def _object(table: Table, evidence: str, head: object, tail: object) -> dict[str, object]:
    content: dict[str, object] = {"evidence": evidence, "columns": table.columns, "rows": head}
    if tail:
        content["last_rows"] = tail
    if table.note:
        content["note"] = table.hide(_plain(table.note))[:MAX_NOTE]
    return content


def _left_out(table: Table, head: int, tail: int, rest: Table | None) -> str:
    begin, end = table.skipped + 1, table.skipped + head
    where = f"rows {begin} to {end}" if table.skipped else f"the first {end}"
    if tail:
        between = table.whole - table.skipped - head - tail
        return f"{where} and the last {tail} of {table.whole} rows; {between} between them"
    if table.more and rest and table.total is None:
        return f"{where} rows; there are more" if not table.skipped else f"{where}; there are more"
    if end == table.whole and not table.skipped:
        return ""
    lost = "; the others are not at hand: ask a narrower question" if end < table.whole and not rest else ""
    return f"{where} of {table.whole}{'' if table.skipped else ' rows'}{lost}"


def _plain(text: str) -> str:
    """As much of it as is looked at, without what is no text: a file can have any name."""
    return text[:MAX_MASKED].encode(errors="replace").decode()


def _bytes(row: Sequence[Cell]) -> int:
    return len(_encoded(row)) + 1


def _encoded(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")

"""What a probe's answer has to show for a solved case to be the same again: derived from the answer that an
investigation rested on, and compared with a new answer without asking a model."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from probed.core.bucket import OBJECT, bucket, is_passing, name_in, without_name
from probed.core.investigation import Evidence

Arguments = Mapping[str, object]
Row = frozenset[str]
"""Cells as `column=bucket`, without what is another one each time."""

CURSOR = "cursor"
"""An answer that pages on cannot be asked for again."""
MOST_MARKS = 4
MOST_ROWS = 5
MOST_CELLS = 16
SHORTEST_QUOTE = 3
"""Characters of a cell that a finding can be said to quote."""
SAME, OTHER = 0.8, 0.35
"""Shares of the remembered cells that an answer shows: from the one on it is the same, up to the other it is not."""


@dataclass(frozen=True, slots=True)
class ProbeMark:
    probe: str
    arguments: Arguments
    """`{object}` stands for whatever has the problem."""
    rows: tuple[tuple[str, ...], ...]
    """What the answer showed; none: nothing."""
    sha256: str = ""
    """Of the answer that it was derived from."""

    def arguments_for(self, object_: str) -> dict[str, object]:
        return {name: _named(value, object_) for name, value in self.arguments.items()}

    def is_about(self, object_: str, learned_on: str) -> bool:
        """Whether it asks or tells of the object at all, or would only look again at the one of that time."""
        return object_ == learned_on or OBJECT in json.dumps([self.arguments, self.rows], default=str)


class Sameness(enum.StrEnum):
    SAME = "same"
    OTHER = "other"
    UNCLEAR = "unclear"


def marks_of(evidence: Iterable[Evidence], object_: str, told: str) -> tuple[ProbeMark, ...]:
    """`told`: what the report says of the object; the rows that it quotes are those that matter, and answers that show
    none of them matter only where no other does. Equal questions count once, by their last answer."""
    asked: dict[str, ProbeMark] = {}
    telling: set[str] = set()
    for each in evidence:
        if each.failed or CURSOR in each.arguments:
            continue
        arguments = {name: _unnamed(value, object_) for name, value in each.arguments.items()}
        key = json.dumps([each.probe, arguments], sort_keys=True, default=str)
        rows = rows_of(each.answer)
        chosen = _telling(rows, object_, told.lower())
        kept = tuple(tuple(sorted(_cells(row, object_))[:MOST_CELLS]) for row in (chosen or rows)[:MOST_ROWS])
        asked[key] = ProbeMark(each.probe, arguments, kept, each.sha256)
        telling |= {key} if chosen else set()
    marks = [mark for key, mark in asked.items() if key in telling] or list(asked.values())
    return tuple(marks[-MOST_MARKS:])


def sameness(marks: Sequence[ProbeMark], answers: Sequence[Evidence], object_: str) -> Sameness:
    """`answers`: to the marks' questions, in their order; one that failed says nothing."""
    if not marks or len(marks) != len(answers):
        return Sameness.UNCLEAR
    shares = [
        share_of(mark, answer.answer, object_) for mark, answer in zip(marks, answers, strict=True) if not answer.failed
    ]
    if any(share <= OTHER for share in shares):
        return Sameness.OTHER
    if len(shares) == len(marks) and all(share >= SAME for share in shares):
        return Sameness.SAME
    return Sameness.UNCLEAR


def share_of(mark: ProbeMark, answer: str, object_: str) -> float:
    """How much of what is remembered the answer shows, 0 to 1."""
    rows = [_cells(row, object_) for row in rows_of(answer)]
    if not mark.rows:
        return 0.0 if rows else 1.0
    return sum(_best(frozenset(row), rows) for row in mark.rows) / len(mark.rows)


def nearest_rows(mark: ProbeMark, answer: str, object_: str) -> list[str]:
    """What the answer shows that comes nearest to each remembered row, as it stands there."""
    rows = [(_cells(row, object_), row) for row in rows_of(answer)]
    nearest = [max(rows, key=lambda pair: len(frozenset(kept) & pair[0]))[1] for kept in mark.rows if rows]
    shown = nearest or [row for _, row in rows[:MOST_ROWS]]
    return list(dict.fromkeys(" ".join(f"{name}={value}" for name, value in row.items()) for row in shown))


def rows_of(answer: str) -> list[Mapping[str, object]]:
    """A table's rows by column; of any other text each line."""
    try:
        content = json.loads(answer)
    except (ValueError, RecursionError):
        return [{"line": line} for line in answer.splitlines() if line.strip()]
    if not isinstance(content, dict):
        return [{"value": content}]
    columns, rows = content.get("columns"), content.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list):
        return [content] if content else []
    return [dict(zip(map(str, columns), row, strict=False)) for row in rows if isinstance(row, list)]


def _telling(rows: Sequence[Mapping[str, object]], object_: str, told: str) -> Sequence[Mapping[str, object]]:
    """The rows that the report quotes, the most first, else those that name the object."""
    name = name_in(object_)
    quoted = [row for row in sorted(rows, key=lambda row: -_quotes(row, told)) if _quotes(row, told)]
    return quoted or [row for row in rows if name and any(name in str(cell) for cell in row.values())]


def _quotes(row: Mapping[str, object], told: str) -> int:
    words = {str(cell).lower() for name, cell in row.items() if cell is not None and not isinstance(cell, bool)}
    return sum(word in told for word in words if len(word) >= SHORTEST_QUOTE)


def _cells(row: Mapping[str, object], object_: str) -> Row:
    return frozenset(
        f"{name}={bucket(name, value, object_)}"
        for name, value in row.items()
        if value is not None and not is_passing(name)
    )


def _best(remembered: Row, rows: Iterable[Row]) -> float:
    if not remembered:
        return 1.0
    return max((len(remembered & row) / len(remembered) for row in rows), default=0.0)


def _unnamed(value: object, object_: str) -> object:
    if isinstance(value, list):
        return [_unnamed(each, object_) for each in value]
    return without_name(value, object_) if isinstance(value, str) else value


def _named(value: object, object_: str) -> object:
    if isinstance(value, list):
        return [_named(each, object_) for each in value]
    return value.replace(OBJECT, name_in(object_)) if isinstance(value, str) else value

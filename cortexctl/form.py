"""The forms in which what is known is handed to other programs: JSON, JSON lines, CSV. All of it in ASCII or without
what steers a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from cortexctl.text import HARMLESS

SCHEMA = 1
"""The version of what is printed, as `schema` in every JSON object. It rises when a member goes away or comes to mean
something else; that there are more members does not raise it."""
FORMULA = ("=", "+", "-", "@")
"""With these a text would be a formula to a spreadsheet."""
CELL = {code: text for code, text in HARMLESS.items() if code not in (ord("\n"), ord("\t"))}


def json_text(value: Any) -> str:
    return json.dumps(marked(value), indent=2)


def json_lines(items: Iterable[Any]) -> Iterator[str]:
    for item in items:
        yield json.dumps(marked(item))


def csv_lines(items: Iterable[Any]) -> Iterator[str]:
    """As RFC 4180 has it, without a line's last letter: first the names of the first item's members, then a line for
    each item; none at all of nothing. What is no single value is JSON."""
    names: Sequence[str] = ()
    for item in items:
        row = item if isinstance(item, Mapping) else {"value": item}
        if not names:
            names = tuple(row)
            yield csv_line(names)
        yield csv_line(map(cell, (row.get(name) for name in names)))


def csv_line(cells: Iterable[str]) -> str:
    import csv
    import io

    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().removesuffix("\n")  # the printer ends lines


def cell(value: object) -> str:
    """Whatever opens it: no text of the host may steer a terminal, or be a formula."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return json.dumps(value)
    text = value.translate(CELL)
    return f"'{text}" if text.startswith(FORMULA) else text


LINES: dict[str, Callable[[Iterable[Any]], Iterator[str]]] = {"jsonl": json_lines, "csv": csv_lines}
FORMS = ("table", "json", *LINES)


def rows_of(value: Any, rows: str) -> list[Any]:
    """The items of a list; one thing is a list of itself."""
    if isinstance(value, list):
        return value
    listed = value.get(rows)
    return listed if isinstance(listed, list) else [value]


def marked(value: Any) -> dict[str, Any]:
    return {"schema": SCHEMA, **(value if isinstance(value, Mapping) else {"items": value})}

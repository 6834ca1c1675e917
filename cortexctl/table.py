"""Tables: with Rich on a terminal, else as aligned text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from cortexctl.output import STYLE_OF, Output, Paint
from cortexctl.text import GAP, aligned, one_line, several_lines, width

FREE_TEXT = ("summary", "reason", "detail", "text", "title", "action", "object")
"""Columns that may be broken into lines where the terminal is narrow."""
LEAST_TEXT = 12
RICH_STYLE = {"red": "bold red"}


def emit_table(output: Output, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Cells that name a verdict, a severity or a state are coloured like it."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    if output.columns and least_width(columns, cells) > output.columns:
        output.emit_lines(stacked(columns, cells, output.paint))
    elif output.is_terminal:
        emit_rich(output, columns, cells)
    else:
        output.emit_lines(aligned([[name.upper() for name in columns], *cells]))


def least_width(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> int:
    """What a table takes where its free text is broken into lines as narrow as may be."""
    widest = [max(map(width, column)) for column in zip(columns, *cells, strict=True)]
    return sum(
        (min(each, LEAST_TEXT) if name in FREE_TEXT else each) + GAP for name, each in zip(columns, widest, strict=True)
    )


def stacked(columns: Sequence[str], cells: Sequence[Sequence[str]], paint: Paint) -> list[str]:
    """For a terminal that is too narrow for the table: each row with its free text in lines below."""
    is_text = [name in FREE_TEXT for name in columns]
    heads = aligned([[cell for cell, free in zip(row, is_text, strict=True) if not free] for row in cells], paint)
    below = [[f"    {cell}" for cell, free in zip(row, is_text, strict=True) if free and cell] for row in cells]
    return [line for head, texts in zip(heads, below, strict=True) for line in (head, *texts)]


def emit_rich(output: Output, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        if name in FREE_TEXT:
            table.add_column(name, overflow="fold", min_width=LEAST_TEXT)
        else:
            table.add_column(name, no_wrap=True)
    for row in cells:
        table.add_row(*(Text(cell, style=rich_style(cell)) for cell in row))
    console = Console(color_system="auto" if output.has_color else None, highlight=False)
    with console.capture() as capture:
        console.print(table)
    output.emit_lines(line.rstrip() for line in capture.get().splitlines())


def rich_style(cell: str) -> str:
    style = STYLE_OF.get(cell, "")
    return RICH_STYLE.get(style, style)


def field_lines(fields: Iterable[tuple[str, object]], paint: Paint) -> list[str]:
    """One thing in full: a name and a value on each line; what is empty is left out, further lines are indented."""
    shown = [(one_line(name), several_lines(value)) for name, value in fields if value not in ("", None)]
    longest = max((len(name) for name, _ in shown), default=0)
    lines = []
    for name, (first, *others) in shown:
        lines.append(f"{paint(name.ljust(longest), 'dim')}  {paint(first)}".rstrip())
        lines += [f"{' ' * longest}  {other}".rstrip() for other in others]
    return lines


def facts(mapping: Mapping[str, object]) -> str:
    """What the host said, a fact on each line, as the value of one field: none of it can pass for a field of ours."""
    return "\n".join(line for name, value in mapping.items() for line in _fact(one_line(name), value))


def _fact(name: str, value: object) -> list[str]:
    """A list of texts, such as lines of a log, has a line for each, and so has a mapping."""
    if isinstance(value, dict) and value:
        return [f"{name}:", *(f"  {line}" for key, each in value.items() for line in _fact(one_line(key), each))]
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return [f"{name}:", *(f"  {one_line(item)}" for item in value)]
    return [f"{name}: {value if isinstance(value, str) else json.dumps(value)}"]

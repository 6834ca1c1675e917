"""The rows as a Markdown table, aligned so that it reads well on a terminal, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.row import Figure, Limit, Row

HEAD = ("question", "Cortex", "beside it", "ratio", "limit", "verdict")
Cells = tuple[str, ...]


def table(rows: Sequence[Row]) -> str:
    lines = [HEAD, *(line for row in rows for line in lines_of(row))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_joined(line, widths) for line in (lines[0], rule, *lines[1:]))


def lines_of(row: Row) -> Iterator[Cells]:
    """One for each figure beside; what is Cortex's own stands in the first."""
    limit = _limit(row.limit, row.unit)
    first: Cells = (row.question, f"{amount(row.cortex)} {row.unit}")
    for number, figure in enumerate(row.beside or (None,)):
        own, last = (first, (limit, verdict(row))) if number == 0 else (("", ""), ("", ""))
        yield (*own, *_beside(row, figure), *last)


def verdict(row: Row) -> str:
    if row.is_broken:
        return "BROKEN"
    if row.is_held:
        return "held"
    return "not measured" if row.limit else ""


def amount(value: float) -> str:
    """Three digits that count."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _beside(row: Row, figure: Figure | None) -> Cells:
    if figure is None:
        return ("", "")
    if figure.value is None:
        return (f"{figure.name}: not here", "")
    ratio = row.ratio_to(figure)
    return (f"{figure.name}: {amount(figure.value)}", "" if ratio is None else f"{amount(ratio)} x")


def _limit(limit: Limit | None, unit: str) -> str:
    if limit is None:
        return ""
    return f"{'>=' if limit.is_least else '<='} {amount(limit.value)} {'x' if limit.is_of_ratio else unit}"


def _joined(line: Cells, widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"

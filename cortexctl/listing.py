"""Pages of lists, as every noun shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from cortexctl.daemon import Page
from cortexctl.output import Output
from cortexctl.shown import remember
from cortexctl.table import emit_table
from cortexctl.text import one_line

Item = TypeVar("Item")
ID_NAMES = ("id", "name", "hash", "number", "report_id", "inspection")
"""The members of the wire by which things are named, the strongest first."""


def emit_page(
    output: Output,
    page: Page[Item],
    columns: Sequence[str],
    row: Callable[[Item], Sequence[object]],
    *,
    nothing: str,
    noun: str = "",
    as_json: bool = False,
) -> None:
    """The wire JSON in any of its forms, or a table; and in words how to get the page that follows, where the JSON does
    not say it. `nothing` tells of an empty list. With a `noun` the items are its `@1`, `@2` … from now on."""
    if as_json:
        output.emit_json(page.wire)
    elif not page.items:
        output.say(nothing)
    else:
        emit_list(output, page.items, columns, row)
        if noun:
            remember(noun, [id_of(item) for item in page.items])
    if page.next and not (as_json and output.form == "json"):
        output.say(f"more: --before {page.next}")


def emit_list(
    output: Output, items: Sequence[Item], columns: Sequence[str], row: Callable[[Item], Sequence[object]]
) -> None:
    """A table; where quiet is wanted, the ids alone."""
    if output.is_quiet:
        output.emit_lines(one_line(id_of(item)) for item in items)
    else:
        emit_table(output, columns, [row(item) for item in items])


def id_of(item: Any) -> str:
    """What names it on the command line."""
    return str(next(item[name] for name in ID_NAMES if name in item))

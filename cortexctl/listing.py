"""Pages of lists, as every noun shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from cortexctl.daemon import Page
from cortexctl.output import Output
from cortexctl.table import emit_table

Item = TypeVar("Item")


def emit_page(
    output: Output,
    page: Page[Item],
    columns: Sequence[str],
    row: Callable[[Item], Sequence[object]],
    *,
    nothing: str,
    as_json: bool = False,
) -> None:
    """The wire JSON, or a table and in words how to get the page that follows; `nothing` tells of an empty list."""
    if as_json:
        output.emit_json(page.wire)
    elif not page.items:
        output.say(nothing)
    else:
        emit_table(output, columns, [row(item) for item in page.items])
        if page.next:
            output.say(f"more: --before {page.next}")

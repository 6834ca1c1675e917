from __future__ import annotations

from typing import Any

from textual.strip import Strip
from textual.widget import Widget

from cortexctl.tui.cell import Cell, strip_of
from cortexctl.tui.widgets.paged_rows import PagedRows


class Headings(Widget):
    """Names the columns of the rows below it."""

    ALLOW_SELECT = False

    def __init__(self, rows: PagedRows[Any]) -> None:
        super().__init__()
        self.rows = rows

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        cells = [Cell("", width=1, gap=0), *self.rows.headings(self.rows.scrollable_content_region.width - 1)]
        return strip_of(cells, width, lambda tone: self.rich_style)

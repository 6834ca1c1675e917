"""Rows of a list that is longer than what is in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from cortexctl.failure import Failure
from cortexctl.text import one_line
from cortexctl.tui.cell import Cell
from cortexctl.tui.paging import Paging, Wanted
from cortexctl.tui.widgets.rows import Rows

Item = TypeVar("Item")

AHEAD = 3
"""Views below what is seen that are asked for before anybody gets there."""
END = 1_000_000_000
"""Further than any list goes."""


class PagedRows(Rows[Item]):
    """`paging` says what there is; whoever mounts it asks the daemon for what is `wanted`."""

    class ViewMoved(Message):
        """Other rows are seen, or nearly."""

    paging: Paging[Item]

    def __init__(self) -> None:
        super().__init__()
        self.note = ""
        """How they are filtered."""
        self.titled: Widget = self
        """Where the title stands."""
        self._failure = ""
        self.begin(lambda item: True, 1)

    def headings(self, width: int) -> Sequence[Cell]:
        """Of the columns of `lines`."""
        return ()

    def begin(self, keep: Callable[[Item], bool], limit: int) -> None:
        """Another list: nothing is known of it yet."""
        self.paging = Paging(self.key, keep, limit)
        self.items, self.is_known = cast("Sequence[Item]", self.paging), False
        self.goes_to_end = False

    def text(self, item: Item) -> str:
        """What the filter looks at: everything that a row shows where there is room."""
        return " ".join(cell.text for line in self.lines(item, 400) for cell in line).casefold()

    def changes(self, change: Callable[[], None], failure: str = "") -> None:
        """Lets `change` change the paging. The cursor stays on its key, and that in its place on the screen."""
        self._failure = failure
        current = self.current
        old, was_at = (self.key(current) if current is not None else None), self.cursor
        top = round(self.scroll_y)
        change()
        self.is_known = bool(self.paging.is_whole or len(self.paging))
        found = self.paging.row_of(old) if old is not None else None
        self.cursor = max(0, min(self.cursor if found is None else found, len(self.items) - 1))
        self.measure()
        self._title()
        self._resize()
        moved = (self.cursor - was_at) * self.LINES
        if self.is_attached and top and moved:
            self.scroll_to(y=top + moved, animate=False, immediate=True)
        if self.goes_to_end:
            self.cursor = max(0, len(self.items) - 1)
        self._show_cursor()
        self.refresh()
        self.titled.refresh()
        if self.current is None or self.key(self.current) != old:
            self.post_message(self.CursorMoved())

    def view(self) -> tuple[int, int]:
        """The first row that is seen, and the last that is or soon may be."""
        height = max(1, self.scrollable_content_region.height // self.LINES)
        first = self.scroll_offset.y // self.LINES
        return first, first + AHEAD * height

    def wanted(self) -> Wanted | None:
        """What has to be asked for next."""
        first, last = self.view()
        return self.paging.wanted(first, END if self.goes_to_end else last)

    def action_jump(self, to: int) -> None:
        self.goes_to_end = to < 0
        super().action_jump(to)

    def action_move(self, by: int) -> None:
        self.goes_to_end = False
        super().action_move(by)

    def action_page(self, by: int) -> None:
        self.goes_to_end = False
        super().action_page(by)

    def watch_scroll_y(self, old: float, new: float) -> None:
        super().watch_scroll_y(old, new)
        if round(old) != round(new):
            self.post_message(self.ViewMoved())

    def on_resize(self) -> None:
        super().on_resize()
        self.post_message(self.ViewMoved())

    def _go(self, row: int) -> None:
        super()._go(row)
        self.post_message(self.ViewMoved())

    def failed(self, failure: Failure) -> None:
        """Nothing could be read; the banner says more when the daemon is away."""
        self.changes(lambda: None, one_line(failure.message))

    def _title(self, count: int | None = None) -> None:
        """How many, as far as it is known, how they are filtered, and through how many that took."""
        known = len(self.paging)
        words = [f"{self.TITLE} {known:,}{'' if self.paging.is_whole else '+'}" if known else self.TITLE]
        words += [self.note] if self.note else []
        if self.note and self.paging.looked_at > known:
            words.append(f"of {self.paging.looked_at:,}")
        title = "  ".join([*words, *([self._failure] if self._failure else [])])
        if title != self._shown_title:
            self._shown_title = title
            self.titled.border_title = Content(title)

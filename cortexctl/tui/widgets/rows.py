"""A list of rows with a cursor, drawn line by line: five hundred alerts cost no more than what is on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from cortexctl.tui.cell import TONE_CLASSES, Cell, strip_of
from cortexctl.tui.plain import is_plain

Item = TypeVar("Item")

UNKNOWN = "not known yet"
MARK = "▌"
PLAIN_MARK = ">"
QUIET_MARK = "▏"
"""Where the cursor stands while another list has the focus: the keys for its row work from everywhere."""


class Rows(ScrollView, Generic[Item], can_focus=True):
    """Subclasses say what a row's key is and how it is drawn. The cursor stays on its key, wherever the row moves to:
    nobody acts on a row that slipped under the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {*TONE_CLASSES, "rows--cursor", "rows--mark"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False, id="rows.up", tooltip="One row up"),
        Binding("down", "move(1)", "Down", show=False, id="rows.down", tooltip="One row down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="rows.page-up", tooltip="One page up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="rows.page-down", tooltip="One page down"),
        Binding("home", "jump(0)", "First", show=False, id="rows.first", tooltip="The first row"),
        Binding("end", "jump(-1)", "Last", show=False, id="rows.last", tooltip="The last row"),
        Binding("enter", "choose", "Details", show=False, id="rows.details", tooltip="Everything about this row"),
    ]
    ALLOW_SELECT = False
    TITLE: ClassVar[str] = ""
    NOTHING: ClassVar[str] = ""
    """What is said instead of no rows."""
    LINES: ClassVar[int] = 1
    """Lines of a row."""
    FITS: ClassVar[bool] = False
    """As high as its rows, within the limits of the style sheet; else it takes what is left.

    The height is set, not `auto`: Textual 8 keeps the old height when rows arrive while it lays out the screen."""
    FOLLOWS: ClassVar[bool] = False
    """Without the focus the cursor stays on top, where the newest is."""

    class Chosen(Message):
        """A row's details are wanted."""

        def __init__(self, item: object) -> None:
            super().__init__()
            self.item = item

    class CursorMoved(Message):
        """Onto another row: what can be done may be something else now."""

    def __init__(self) -> None:
        super().__init__(classes="-fits" if self.FITS else "")
        self.items: Sequence[Item] = ()
        self.cursor = 0
        self.is_known = False
        """No rows mean nothing before the first answer."""
        self._shown_title = self.TITLE
        self._drawn: dict[int, Sequence[Cell]] = {}
        """What each line shows, by its number in the window."""
        self.border_title = Content(self.TITLE)

    def key(self, item: Item) -> str:
        raise NotImplementedError

    def lines(self, item: Item, width: int) -> Sequence[Sequence[Cell]]:
        raise NotImplementedError

    def measure(self) -> None:
        """The rows are other ones: find out how wide their columns are."""

    @property
    def is_plain(self) -> bool:
        """Words instead of symbols."""
        return is_plain(self)

    @property
    def current(self) -> Item | None:
        return self.items[self.cursor] if self.items else None

    def show(self, items: Sequence[Item], count: int | None = None) -> None:
        """`count`: how many there are, where `items` are not all."""
        if self.is_known and list(items) == list(self.items):
            self._title(count)
            self.tick()
            return
        old = self.key(self.current) if self.current is not None else None
        distance = self.cursor * self.LINES - round(self.scroll_y)
        self.items, self.is_known = items, True
        self.measure()
        keys = [self.key(item) for item in items]
        if self.FOLLOWS and not self.has_focus and not self.cursor:
            distance = 0
        elif old in keys:
            self.cursor = keys.index(old)
        self.cursor = max(0, min(self.cursor, len(items) - 1))
        self._title(count)
        self._resize()
        if self.is_attached:
            self.scroll_to(y=self.cursor * self.LINES - distance, animate=False, immediate=True)
        self.refresh()
        if self.current is None or self.key(self.current) != old:
            self.post_message(self.CursorMoved())

    def tick(self) -> None:
        """Draw those lines anew that say something else by now."""
        for y in range(self.scrollable_content_region.height):
            if self._cells(y) != self._drawn.get(y):
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        cells = self._cells(y)
        self._drawn[y] = cells
        if not cells:
            return Strip.blank(width, self.rich_style)
        is_cursor = bool(self.items) and self._number(y) // self.LINES == self.cursor
        mark = self._mark() if is_cursor else " "
        line = [Cell(mark, "mark", 1, gap=0), *cells]
        return strip_of(line, width, self._cursor_style if is_cursor and self.has_focus else self._style)

    def action_move(self, by: int) -> None:
        self._go(self.cursor + by)

    def action_page(self, by: int) -> None:
        self._go(self.cursor + by * max(1, self.scrollable_content_region.height // self.LINES - 1))

    def action_jump(self, to: int) -> None:
        self._go(to if to >= 0 else len(self.items) + to)

    def action_choose(self) -> None:
        if self.current is not None:
            self.post_message(self.Chosen(self.current))

    def on_click(self, event: events.Click) -> None:
        row = self._number(event.y - self.gutter.top) // self.LINES
        if event.y < self.gutter.top or not 0 <= row < len(self.items):
            return
        self._go(row)
        if event.chain >= 2:
            self.action_choose()

    def on_resize(self) -> None:
        self._resize()
        self._show_cursor()

    def on_focus(self) -> None:
        self._lead_the_reader()
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def _go(self, row: int) -> None:
        self.cursor = max(0, min(row, len(self.items) - 1))
        self._show_cursor()
        self.refresh()
        self.post_message(self.CursorMoved())

    def _show_cursor(self) -> None:
        if self.items and self.is_attached:
            region = Region(0, self.cursor * self.LINES, 1, self.LINES)
            self.scroll_to_region(region, animate=False, force=True, immediate=True, x_axis=False)
            self._lead_the_reader()

    def _lead_the_reader(self) -> None:
        """Where the terminal's own cursor is, a screen reader reads."""
        if self.is_plain and self.has_focus:
            row = self.cursor * self.LINES - self.scroll_offset.y
            self.app.cursor_position = self.content_region.offset + Offset(0, row)

    def _resize(self) -> None:
        height = max(1, len(self.items) * self.LINES)
        self.virtual_size = Size(self.scrollable_content_region.width, height)
        if self.FITS:
            self.styles.height = "1fr" if self.has_class("-zoomed") else height

    def _title(self, count: int | None = None) -> None:
        shown = len(self.items) if count is None else count
        title = f"{self.TITLE} {shown}" if shown else self.TITLE
        if title != self._shown_title:
            self._shown_title = title
            self.border_title = Content(title)

    def _number(self, y: int) -> int:
        return y + self.scroll_offset.y

    def _cells(self, y: int) -> Sequence[Cell]:
        number = self._number(y)
        if not self.items:
            return [Cell(self.NOTHING if self.is_known else UNKNOWN, "muted")] if number == 0 else ()
        row, line = divmod(number, self.LINES)
        if row >= len(self.items):
            return ()
        item = self.items[row]
        if item is None:  # not in memory: it is asked for
            return [Cell("…", "muted")]
        return self.lines(item, self.scrollable_content_region.width - 1)[line]

    def _mark(self) -> str:
        if self.is_plain:
            return PLAIN_MARK if self.has_focus else " "
        return MARK if self.has_focus else QUIET_MARK

    def _style(self, tone: str) -> Style:
        if not tone:
            return self.rich_style
        style = self.get_component_rich_style("rows--mark" if tone == "mark" else f"tone--{tone}")
        return self.rich_style + Style(color=style.color, bold=style.bold, dim=style.dim)

    def _cursor_style(self, tone: str) -> Style:
        cursor = self.get_component_rich_style("rows--cursor")
        if cursor.reverse:  # where a background has no shades, one colour is enough
            return self.rich_style + Style(reverse=True)
        return self._style(tone) + Style(bgcolor=cursor.bgcolor)

    def zoom(self, is_zoomed: bool) -> None:
        """On the whole screen, or in its place again."""
        self.set_class(is_zoomed, "-zoomed")
        self._resize()

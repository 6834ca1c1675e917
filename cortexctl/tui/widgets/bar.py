"""Where one is, where one can go, and how the host is meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from cortexctl.tui.cell import TONE_CLASSES
from cortexctl.tui.place import PLACES, Place
from cortexctl.tui.plain import is_plain
from cortexctl.tui.snapshot import Snapshot
from cortexctl.tui.widgets.verdict import freshness, verdict_of

EARLIER, MORE = "‹", "›"
PLAIN = {EARLIER: "<", MORE: ">"}


class Bar(Widget):
    """A place that does not fit is left out at the ends; the one that is shown always stands there."""

    COMPONENT_CLASSES = {*TONE_CLASSES, "bar--key", "bar--here"}  # noqa: RUF012 - as Widget declares it
    ALLOW_SELECT = False

    class Chosen(Message):
        def __init__(self, place: str) -> None:
            super().__init__()
            self.place = place

    def __init__(self, here: Place) -> None:
        super().__init__()
        self.here = here
        self.snapshot = Snapshot()
        self._said: object = None
        self._spans: list[tuple[int, int, str]] = []
        """From column to column which place."""

    def show(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.tick()

    def tick(self) -> None:
        said = [*map(self._label, PLACES), self._state()]
        if said != self._said:
            self._said = said
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        column = event.x - self.gutter.left
        for start, end, place in self._spans:
            if start <= column < end:
                self.post_message(self.Chosen(place))

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        verdict, words = self._state()
        state = f"{verdict} {words}".strip()
        room = width - cell_len(state) - 2
        segments = list(self._places(room))
        used = sum(segment.cell_length for segment in segments)
        segments += [
            Segment(" " * max(0, width - used - cell_len(state)), self.rich_style),
            Segment(verdict, self._tone(verdict)),
            Segment(f" {words}" if verdict else words, self._tone("muted")),
        ]
        return Strip(segments).adjust_cell_length(width, self.rich_style).simplify()

    def _places(self, room: int) -> Iterator[Segment]:
        labels = [f" {place.key} {self._label(place)} " for place in PLACES]
        first, last = window([cell_len(label) for label in labels], PLACES.index(self.here), room)
        self._spans, column = [], 0
        if first:
            yield self._mark(EARLIER)
            column = 1
        for place, label in list(zip(PLACES, labels, strict=True))[first:last]:
            is_here = place is self.here
            style = self._style("bar--here") if is_here else self.rich_style
            key = style if is_here else self._style("bar--key")
            yield from (Segment(f" {place.key} ", key), Segment(label[len(place.key) + 2 :], style))
            self._spans.append((column, column + cell_len(label), place.id))
            column += cell_len(label)
        if last < len(PLACES):
            yield self._mark(MORE)

    def _mark(self, mark: str) -> Segment:
        return Segment(PLAIN[mark] if is_plain(self) else mark, self._tone("muted"))

    def _label(self, place: Place) -> str:
        status = self.snapshot.status
        count = place.count(status) if place.count and status else 0
        name = f"{place.name}, here" if place is self.here and is_plain(self) else place.name
        return f"{name} ({count})" if count else name

    def _state(self) -> tuple[str, str]:
        if self.here.shows_verdict:
            return "", ""
        return verdict_of(self.snapshot) or "", freshness(self.snapshot)

    def _tone(self, tone: str) -> Style:
        return self._style(f"tone--{tone}") if f"tone--{tone}" in TONE_CLASSES else self.rich_style

    def _style(self, name: str) -> Style:
        style = self.get_component_rich_style(name)
        return self.rich_style + Style(
            color=style.color, bgcolor=style.bgcolor, bold=style.bold, dim=style.dim, reverse=style.reverse
        )


def window(widths: list[int], here: int, room: int) -> tuple[int, int]:
    """Which of them fit, from the first on, but so that `here` is among them. At least that one."""
    first, last = here, here + 1
    for end in range(here + 1, len(widths) + 1):
        for start in range(here + 1):
            marks = (start > 0) + (end < len(widths))
            if sum(widths[start:end]) + marks <= room and (end - start, -start) > (last - first, -first):
                first, last = start, end
    return first, last

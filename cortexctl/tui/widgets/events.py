from __future__ import annotations

from collections.abc import Sequence

from cortexctl import times
from cortexctl.times import moment
from cortexctl.tui import event_words
from cortexctl.tui.cell import Cell
from cortexctl.tui.widgets.rows import Rows
from probed.wire.event import EventShape


class Events(Rows[EventShape]):
    """The newest on top."""

    TITLE = "Events"
    NOTHING = "nothing has happened yet"
    FOLLOWS = True

    def key(self, item: EventShape) -> str:
        return str(item.id)

    def lines(self, item: EventShape, width: int) -> Sequence[Sequence[Cell]]:
        at = moment(item.at).astimezone()
        is_today = at.date() == times.now().astimezone().date()
        return [
            [
                Cell(f"{at:%H:%M:%S}" if is_today else f"{at:%d %b}", "muted", 8),
                Cell(event_words.words(item), event_words.tone(item)),
            ]
        ]

    def show(self, items: Sequence[EventShape], count: int | None = None) -> None:
        super().show(items, 0)  # how many are kept says nothing

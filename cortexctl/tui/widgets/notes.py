from __future__ import annotations

from collections.abc import Sequence

from cortexctl.tui.cell import Cell
from cortexctl.tui.note import Note
from cortexctl.tui.widgets.rows import Rows


class Notes(Rows[Note]):
    TITLE = "Notes"
    NOTHING = "nothing to note"

    def key(self, item: Note) -> str:
        return item.text

    def lines(self, item: Note, width: int) -> Sequence[Sequence[Cell]]:
        return [[Cell(item.text, item.tone)]]

from __future__ import annotations

from collections.abc import Sequence

from cortexctl.tui.cell import Cell
from cortexctl.tui.note import Note
from cortexctl.tui.widgets.rows import Rows


class Changes(Rows[Note]):
    """What Cortex did on this host, the newest first."""

    TITLE = "Done"
    NOTHING = "nothing was changed on this host"
    FITS = True

    def key(self, item: Note) -> str:
        return item.text

    def lines(self, item: Note, width: int) -> Sequence[Sequence[Cell]]:
        return [[Cell(item.text, item.tone)]]

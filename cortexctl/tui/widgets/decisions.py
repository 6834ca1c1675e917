from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cortexctl import times
from cortexctl.text import call_text
from cortexctl.times import duration, moment
from cortexctl.tui.cell import Cell
from cortexctl.tui.widgets.rows import Rows
from probed.wire.decision import DecisionShape

WIDE = 80
"""From so many columns on there is room to say why it is asked."""


class Decisions(Rows[DecisionShape]):
    """What would be run and until when; below it why."""

    TITLE = "Waits for you"
    NOTHING = "nothing waits for your yes or no"
    FITS = True
    LINES = 2

    def key(self, item: DecisionShape) -> str:
        return item.id

    def lines(self, item: DecisionShape, width: int) -> Sequence[Sequence[Cell]]:
        left = duration((moment(item.expires_at) - times.now()).total_seconds())
        until = Cell(f"expires in {left}" if width >= WIDE else f"{left} left", "muted", 17 if width >= WIDE else 11)
        until = replace(until, is_right=True, gap=0)
        why = Cell(f"{item.summary} ({item.reason})" if item.reason and width >= WIDE else item.summary)
        return [
            [Cell(item.severity, item.severity, 8), Cell(call_text(item.action), "strong")],
            [Cell("", width=8), why, until],
        ]

from __future__ import annotations

from collections.abc import Sequence

from cortexctl.tui import scale
from cortexctl.tui.cell import Cell, longest
from cortexctl.tui.widgets.rows import Rows
from probed.wire.status import GaugeShape

WIDE = 44
"""From so many columns on there is room for long units."""
MOST_NAME = 28
MOST_NARROW_NAME = 12
MOST_BAR = 60
MOST_VALUE = 14
MOST_BOUNDS = 9


class Gauges(Rows[GaugeShape]):
    """Name, bar, value with its unit, and the bounds."""

    TITLE = "Numbers"
    NOTHING = "no sweep has measured anything yet"
    FITS = True

    names = values = short_values = bounds = 0
    """Columns that these texts take."""

    def measure(self) -> None:
        self.names = longest(map(scale.name_text, self.items), MOST_NAME)
        self.values = longest(map(scale.value_text, self.items), MOST_VALUE)
        self.short_values = longest((scale.value_text(gauge, is_short=True) for gauge in self.items), MOST_VALUE)
        self.bounds = longest(map(scale.bounds_text, self.items), MOST_BOUNDS)

    def key(self, item: GaugeShape) -> str:
        return item.name

    def lines(self, item: GaugeShape, width: int) -> Sequence[Sequence[Cell]]:
        is_short = width < WIDE
        name = min(self.names, MOST_NARROW_NAME if is_short else width * 2 // 5)
        value = self.short_values if is_short else self.values
        bar = min(MOST_BAR, max(0, width - name - value - self.bounds - 3))
        state = scale.state(item)
        tone = "" if state == "ok" else state
        return [
            [
                Cell(scale.name_text(item), tone, name),
                *(Cell(piece, piece_tone, len(piece), gap=0) for piece, piece_tone in scale.bar(item, bar)),
                Cell("", width=0),
                Cell(scale.value_text(item, is_short=is_short), tone, value, is_right=True),
                Cell(scale.bounds_text(item), "muted", self.bounds, gap=0),
            ]
        ]

    def show(self, items: Sequence[GaugeShape], count: int | None = None) -> None:
        super().show(sorted(items, key=scale.worst_first), 0)

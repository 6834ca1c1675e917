from __future__ import annotations

import os
from collections.abc import Sequence

from cortexctl.times import duration
from cortexctl.tui import scale
from cortexctl.tui.cell import Cell, longest
from cortexctl.tui.history import TRACED, Histories
from cortexctl.tui.sparkline import COARSE, LEVELS, sparkline
from cortexctl.tui.widgets.rows import Rows
from probed.wire.status import GaugeShape

WIDE = 44
"""From so many columns on there is room for long units."""
MOST_NAME = 28
MOST_NARROW_NAME = 12
MOST_BAR = 60
MOST_VALUE = 14
MOST_EDGE = 9
CURVE = 12
"""Columns of a curve."""
LEAST_BAR = 10
LETTERS = {False: LEVELS, True: COARSE}


class Gauges(Rows[GaugeShape]):
    """Name, how it went over the last day, bar, value with its unit; then when it is full, else the bounds."""

    TITLE = "Numbers"
    NOTHING = "no sweep has measured anything yet"
    FITS = True

    names = values = short_values = edges = 0
    """Columns that these texts take."""

    def __init__(self) -> None:
        super().__init__()
        self.histories: Histories = {}

    def trace(self, histories: Histories) -> None:
        if histories != self.histories:
            self.histories = histories
            self.measure()
            self.refresh()

    def measure(self) -> None:
        self.names = longest(map(scale.name_text, self.items), MOST_NAME)
        self.values = longest(map(scale.value_text, self.items), MOST_VALUE)
        self.short_values = longest((scale.value_text(gauge, is_short=True) for gauge in self.items), MOST_VALUE)
        self.edges = longest((self._edge(gauge)[0] for gauge in self.items), MOST_EDGE)

    def key(self, item: GaugeShape) -> str:
        return item.name

    def lines(self, item: GaugeShape, width: int) -> Sequence[Sequence[Cell]]:
        if self.is_plain:
            return [self._in_words(item)]
        is_short = width < WIDE
        name = min(self.names, MOST_NARROW_NAME if is_short else width * 2 // 5)
        value = self.short_values if is_short else self.values
        room = max(0, width - name - value - self.edges - 3)
        state = scale.state(item)
        tone = "" if state == "ok" else state
        edge, edge_tone = self._edge(item)
        return [
            [
                Cell(scale.name_text(item), tone, name),
                *self._curve_and_bar(item, room),
                Cell("", width=0),
                Cell(scale.value_text(item, is_short=is_short), tone, value, is_right=True),
                Cell(edge, edge_tone, self.edges, gap=0),
            ]
        ]

    def show(self, items: Sequence[GaugeShape], count: int | None = None) -> None:
        super().show(sorted(items, key=worst_and_traced_first), 0)

    def _curve_and_bar(self, item: GaugeShape, room: int) -> list[Cell]:
        """Where there is not room for both, the curve: the value says the rest."""
        history = self.histories.get(item.name)
        has_both = room >= CURVE + 1 + LEAST_BAR
        if not self.histories or (history is None and not has_both):
            return self._bar(item, room)
        curve = CURVE if has_both else room
        drawn = sparkline(history.values, scale.height(item), curve, LETTERS[on_console()]) if history else ""
        cell = Cell(drawn, scale.state(item), curve, gap=int(has_both), is_right=True)
        return [cell, *self._bar(item, room - curve - 1)] if has_both else [cell]

    def _bar(self, item: GaugeShape, room: int) -> list[Cell]:
        return [Cell(piece, tone, len(piece), gap=0) for piece, tone in scale.bar(item, min(MOST_BAR, room))]

    def _edge(self, gauge: GaugeShape) -> tuple[str, str]:
        history = self.histories.get(gauge.name)
        if history and history.full_in_s is not None:
            return f"full {duration(history.full_in_s)}", "warning"
        return scale.bounds_text(gauge), "muted"

    def _in_words(self, item: GaugeShape) -> list[Cell]:
        names = zip(("warning", "critical"), (item.warning, item.critical), strict=True)
        bounds = [f"{name} at {bound:g}" for name, bound in names if bound is not None]
        words = ", ".join([scale.value_text(item), *([item.outlook] if item.outlook else []), *bounds])
        return [Cell(scale.state(item), scale.state(item), 8), Cell(scale.name_text(item), "", self.names), Cell(words)]


def worst_and_traced_first(gauge: GaugeShape) -> tuple[int, int, str]:
    rank, name = scale.worst_first(gauge)
    check = gauge.name.partition(" ")[0]
    return rank, TRACED.index(check) if check in TRACED else len(TRACED), name


def on_console() -> bool:
    """The kernel's own has few letters."""
    return os.environ.get("TERM") == "linux"

from __future__ import annotations

from collections.abc import Sequence

from cortexctl.tui.calm import age
from cortexctl.tui.cell import Cell, longest
from cortexctl.tui.widgets.rows import Rows
from probed.wire.alert import AlertShape

MOST_NAME = 24
WIDE = 80
"""From so many columns on there is room to say who looks after it, or why it is not told, and where it comes from."""


class Alerts(Rows[AlertShape]):
    TITLE = "Alerts"
    NOTHING = "no open alerts"
    FITS = True

    takers = sources = 0
    """Columns that these names take."""

    def measure(self) -> None:
        self.takers = longest(map(taker, self.items), MOST_NAME)
        self.sources = longest((alert.labels.get("source", "") for alert in self.items), MOST_NAME)

    def key(self, item: AlertShape) -> str:
        return item.id

    def lines(self, item: AlertShape, width: int) -> Sequence[Sequence[Cell]]:
        mark = mark_of(item, self.is_plain)
        tone = "muted" if mark else ""
        line = [
            Cell(item.severity, tone or item.severity, 8),
            Cell(age(item.starts_at), "muted", 6, is_right=True),
            Cell(f"{mark}{item.summary}", tone),
        ]
        if width >= WIDE:
            line += [
                Cell(taker(item), "muted", self.takers),
                Cell(item.labels.get("source", ""), "muted", self.sources, gap=0),
            ]
        return [line]


def mark_of(alert: AlertShape, is_plain: bool) -> str:
    """Empty for what people are told of, and nobody looks after."""
    if alert.state == "acknowledged":
        return "acknowledged: " if is_plain else "✓ "
    return ("not told: " if is_plain else "⊘ ") if alert.not_told else ""


def taker(alert: AlertShape) -> str:
    """Who looks after it, or why nobody is told."""
    return f"by {alert.acknowledged_by}" if alert.state == "acknowledged" else alert.not_told

from __future__ import annotations

from collections.abc import Sequence

from cortexctl.text import plural
from cortexctl.times import between
from cortexctl.tui.calm import age
from cortexctl.tui.cell import Cell
from cortexctl.tui.widgets.paged_rows import PagedRows
from probed.wire.incident import IncidentShape

WIDE = 100
"""From so many columns on there is room to say how long it took."""


class IncidentRows(PagedRows[IncidentShape]):
    TITLE = "Incidents"
    NOTHING = "no such incidents"

    def key(self, item: IncidentShape) -> str:
        return item.id

    def headings(self, width: int) -> Sequence[Cell]:
        return self._columns(("severity", "state", "opened", "took", "what", "alerts"), "", "", width)

    def lines(self, item: IncidentShape, width: int) -> Sequence[Sequence[Cell]]:
        is_over = item.state == "closed"
        alerts = f"{item.firing} of {item.alerts} firing" if item.firing else plural(item.alerts, "alert")
        took = between(item.opened_at, item.closed_at)
        texts = (item.severity, item.state, age(item.opened_at), took, item.title, alerts)
        tone = "muted" if is_over else ""
        return [self._columns(texts, tone or item.severity, tone, width)]

    def _columns(self, texts: Sequence[str], severity_tone: str, tone: str, width: int) -> list[Cell]:
        severity, state, opened, took, what, alerts = texts
        line = [
            Cell(severity, severity_tone, 8),
            Cell(state, severity_tone, 6),
            Cell(opened, "muted", 6, is_right=True),
        ]
        if width >= WIDE:
            line.append(Cell(took, "muted", 6, is_right=True))
        return [*line, Cell(what, tone), Cell(alerts, "muted", 13, gap=0)]

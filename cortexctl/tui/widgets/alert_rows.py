from __future__ import annotations

from collections.abc import Sequence

from cortexctl.text import plural
from cortexctl.tui.alert_groups import Group
from cortexctl.tui.calm import age
from cortexctl.tui.cell import Cell, longest
from cortexctl.tui.widgets.alerts import mark_of, taker
from cortexctl.tui.widgets.paged_rows import PagedRows
from probed.wire.alert import AlertShape

MOST_NAME = 24
WIDE = 90
"""From so many columns on there is room to say who looks after it, or why it is not told, and where it comes from."""


class AlertRows(PagedRows[AlertShape | Group]):
    TITLE = "Alerts"
    NOTHING = "no such alerts"

    takers = sources = 0
    """Columns that these names take."""

    def measure(self) -> None:
        alerts = [item for item in self.paging.loaded() if isinstance(item, AlertShape)]
        self.takers = longest(("looked after", *map(taker, alerts)), MOST_NAME)
        self.sources = longest(("source", *(alert.labels.get("source", "") for alert in alerts)), MOST_NAME)

    def key(self, item: AlertShape | Group) -> str:
        return f"group {item.name}" if isinstance(item, Group) else item.id

    def headings(self, width: int) -> Sequence[Cell]:
        return self._columns(("severity", "since", "what", "looked after", "source"), "", "", width)

    def lines(self, item: AlertShape | Group, width: int) -> Sequence[Sequence[Cell]]:
        if isinstance(item, Group):
            worst = item.alerts[0].severity
            return [[Cell(worst, worst, 8), Cell(f"{item.name}: {plural(len(item.alerts), 'alert')}", "strong")]]
        is_over, mark = item.state == "resolved", mark_of(item, self.is_plain)
        tone = "muted" if is_over or mark else ""
        severity = "resolved" if is_over else item.severity
        source = item.labels.get("source", "")
        texts = (severity, age(item.starts_at), f"{mark}{item.summary}", taker(item), source)
        return [self._columns(texts, tone or severity, tone, width)]

    def _columns(self, texts: Sequence[str], severity_tone: str, tone: str, width: int) -> list[Cell]:
        severity, since, what, looked_after, source = texts
        line = [Cell(severity, severity_tone, 8), Cell(since, "muted", 6, is_right=True), Cell(what, tone)]
        if width >= WIDE:
            line += [Cell(looked_after, "muted", self.takers), Cell(source, "muted", self.sources, gap=0)]
        return line

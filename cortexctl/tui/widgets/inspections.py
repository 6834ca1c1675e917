from __future__ import annotations

from collections.abc import Sequence

from cortexctl import times
from cortexctl.times import moment
from cortexctl.tui.calm import relative
from cortexctl.tui.cell import Cell, longest
from cortexctl.tui.reporter import Reporter
from cortexctl.tui.widgets.rows import Rows

ROOM_FOR_AGE = 45
ROOM_FOR_SUMMARY = 70
MOST_NAME = 24


class Inspections(Rows[Reporter]):
    """The last verdict of each, and when it runs next."""

    TITLE = "Inspections"
    NOTHING = "no inspection, and no report yet"
    FITS = True

    names = 0
    """Columns that they take."""

    def measure(self) -> None:
        self.names = longest((reporter.name for reporter in self.items), MOST_NAME)

    def key(self, item: Reporter) -> str:
        return item.name

    def lines(self, item: Reporter, width: int) -> Sequence[Sequence[Cell]]:
        last = item.last
        line = [
            Cell(last.verdict if last else "-", last.verdict if last else "muted", 8),
            Cell(item.name, width=min(self.names, width // 2)),
            Cell(planned(item), "muted", 9 if width >= ROOM_FOR_AGE else None),
        ]
        if width >= ROOM_FOR_AGE:
            age = relative(last.at) if last else ""
            line.append(Cell(age, "muted", 10 if width >= ROOM_FOR_SUMMARY else None))
        if width >= ROOM_FOR_SUMMARY:
            line.append(Cell(last.summary if last else "", "muted" if last and last.verdict == "ok" else ""))
        return [line]


def planned(item: Reporter) -> str:
    if item.planned is None:
        return "handed in"
    if item.planned.paused or item.planned.next_at is None:
        return "paused" if item.planned.paused else "-"
    is_due = moment(item.planned.next_at) <= times.now()
    return "due" if is_due else relative(item.planned.next_at)

"""What people were told: the open ones with the worst first, or all of the past."""

from __future__ import annotations

from typing import ClassVar, get_args

from textual.binding import BindingType

from cortexctl.daemon import Daemon, Page
from cortexctl.record import Record
from cortexctl.tui import keys
from cortexctl.tui.alert_groups import WAYS, WORDS, Group, grouped
from cortexctl.tui.place import Place
from cortexctl.tui.screens.list_place import ListPlace, page_of
from cortexctl.tui.source import Source, worst_first
from cortexctl.tui.widgets.alert_rows import AlertRows
from cortexctl.tui.widgets.paged_rows import PagedRows
from probed.wire.alert import AlertShape, AlertState
from probed.wire.page import MAX_LIMIT

OPEN: tuple[AlertState, ...] = ("firing", "acknowledged")


class AlertsPlace(ListPlace[AlertShape | Group]):
    BINDINGS: ClassVar[list[BindingType]] = [*keys.ALERTS]
    ORDERS = ("acknowledge", "silence", "resolve")
    FOLLOWS = ("alert.", "silence.", "maintenance.")
    ASKED: ClassVar[dict[str, tuple[str, ...]]] = {"state": get_args(AlertState)}

    def __init__(self, place: Place, source: Source) -> None:
        super().__init__(place, source)
        self.shows_all = False
        self.way = ""

    def make_rows(self) -> PagedRows[AlertShape | Group]:
        return AlertRows()

    @property
    def note(self) -> str:
        which = "" if self.filter.query else "open and past" if self.shows_all else "open"
        return "  ".join(filter(None, (which, WORDS[self.way], super().note)))

    def read(self, daemon: Daemon, before: str | None, limit: int, **query: str) -> Page[AlertShape | Group]:
        if self.shows_all or query:
            return page_of(AlertShape, daemon.alerts(before=before, limit=limit, **query))
        if before is None:
            pages = [page_of(AlertShape, daemon.alerts(state=state, limit=MAX_LIMIT)) for state in OPEN]
            if not any(page.next for page in pages):
                return self._whole([alert for page in pages for alert in page.items])
        return part_of_many(daemon, before, limit)

    def keeps(self, item: AlertShape | Group) -> bool:
        if isinstance(item, Group):
            return any(map(self.keeps, item.alerts))
        return super().keeps(item)

    def action_group(self) -> None:
        self.way = WAYS[(WAYS.index(self.way) + 1) % len(WAYS)]
        self.shows_all = False
        self.begin()

    def action_history(self) -> None:
        self.shows_all, self.way = not self.shows_all, ""
        self.begin()

    def _whole(self, alerts: list[AlertShape]) -> Page[AlertShape | Group]:
        items = list(grouped(alerts, self.way)) if self.way else sorted(alerts, key=worst_first)
        return Page(Record(items=items))


def part_of_many(daemon: Daemon, before: str | None, limit: int) -> Page[AlertShape | Group]:
    """More open alerts than can be sorted here: the firing ones, the newest first, and then those that somebody has."""
    state, _, key = (before or "firing:").partition(":")
    page = page_of(AlertShape, daemon.alerts(state=state, before=key or None, limit=limit))
    following = f"{state}:{page.next}" if page.next else "acknowledged:" if state == "firing" else None
    return Page(Record(items=page.items, next=following))

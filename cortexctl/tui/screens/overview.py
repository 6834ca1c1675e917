"""The host on one screen: what is wrong, what waits for a person, what happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Footer

from cortexctl.overview import open_alerts, waiting_decisions
from cortexctl.tui import keys
from cortexctl.tui.event_words import told
from cortexctl.tui.live import Live
from cortexctl.tui.note import Note, notes
from cortexctl.tui.orders import ORDERS, possible
from cortexctl.tui.reporter import reporters
from cortexctl.tui.screens.details import Details, More
from cortexctl.tui.snapshot import Snapshot
from cortexctl.tui.source import Source
from cortexctl.tui.subject import SUBJECTS, Subject
from cortexctl.tui.widgets.alerts import Alerts
from cortexctl.tui.widgets.banner import Banner
from cortexctl.tui.widgets.changes import Changes
from cortexctl.tui.widgets.decisions import Decisions
from cortexctl.tui.widgets.events import Events
from cortexctl.tui.widgets.gauges import Gauges
from cortexctl.tui.widgets.inspections import Inspections
from cortexctl.tui.widgets.notes import Notes
from cortexctl.tui.widgets.rows import Rows
from cortexctl.tui.widgets.verdict import Verdict
from probed.wire.status import StatusShape

LISTS: dict[str, type[Rows[Any]]] = {
    "approve": Decisions,
    "reject": Decisions,
    "acknowledge": Alerts,
    "resolve": Alerts,
    "run": Inspections,
}
"""Whose selected row an order is for, whatever has the focus."""


class Overview(Screen[None], Live):
    BINDINGS: ClassVar[list[BindingType]] = [*keys.OVERVIEW]

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source
        self.snapshot = Snapshot()

    def compose(self) -> ComposeResult:
        yield Verdict()
        yield Banner()
        with Horizontal(id="body"):
            with Vertical(id="first"):
                yield Decisions()
                yield Alerts()
                yield Events()
            with Vertical(id="second"):
                yield Gauges()
                yield Inspections()
                yield Changes()
                yield Notes()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(Alerts).focus()
        self.renew(self.source.snapshot)

    def items(self) -> Iterator[object]:
        """What something can be ordered for."""
        yield from self.query_one(Decisions).items
        yield from self.query_one(Alerts).items
        yield from self.query_one(Inspections).items

    def renew(self, snapshot: Snapshot) -> None:
        is_first = self.snapshot.status is None
        self.snapshot = snapshot
        self.query_one(Verdict).show(snapshot)
        self.query_one(Banner).show(snapshot)
        if snapshot.status is None:
            return
        self.query_one(Events).show(told(snapshot.events))
        self._renew_lists(snapshot, snapshot.status)
        if is_first and snapshot.status.decisions:
            self.query_one(Decisions).focus()

    def tick(self) -> None:
        self.query_one(Verdict).tick()
        self.query_one(Banner).tick()
        for rows in self.query(Rows):
            rows.tick()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None: the key is shown, and that there is nothing for it to do now."""
        if action != "order" or (self.is_mounted and str(parameters[0]) in possible(self._subject(str(parameters[0])))):
            return True
        return None

    def action_order(self, name: str) -> None:
        item = self._subject(name)
        if name in possible(item):
            ORDERS[name].give(self.app, item)

    def action_zoom(self) -> None:
        if self.has_class("-zoom"):
            self.action_unzoom()
        elif isinstance(self.focused, Rows):
            self.focused.add_class("-zoomed")
            for column in self.query("#body > Vertical"):
                column.set_class(self.focused not in column.children, "-other")
            self.add_class("-zoom")

    def action_unzoom(self) -> None:
        self.remove_class("-zoom")
        self.query(Rows).remove_class("-zoomed")
        self.query("#body > Vertical").remove_class("-other")

    def on_rows_cursor_moved(self) -> None:
        self.refresh_bindings()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        item, subject = event.item, SUBJECTS[type(event.item)]
        bindings = {name: ORDERS[name].binding for name in possible(item)}
        details = Details(subject.noun, subject.fields(item), bindings, self._more(subject, item))
        self.app.push_screen(details, lambda name: ORDERS[name].give(self.app, item) if name else None)

    def _more(self, subject: Subject, item: object) -> More | None:
        ask = subject.more
        return None if ask is None else lambda: self.source.ask(lambda daemon: ask(daemon, item))

    def _subject(self, order: str) -> object:
        return self.query_one(LISTS[order]).current

    def _renew_lists(self, snapshot: Snapshot, status: StatusShape) -> None:
        self.query_one(Decisions).show(status.decisions, waiting_decisions(status))
        self.query_one(Alerts).show(snapshot.alerts, open_alerts(status))
        self.query_one(Gauges).show(status.gauges)
        self.query_one(Inspections).show(reporters(status))
        self.query_one(Changes).show([Note(change) for change in status.recent_changes])
        self.query_one(Notes).show(notes(status))
        self.refresh_bindings()

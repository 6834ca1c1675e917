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
from cortexctl.tui.screens.details import Details
from cortexctl.tui.snapshot import Snapshot
from cortexctl.tui.source import Source
from cortexctl.tui.subject import SUBJECTS, Subject
from cortexctl.tui.widgets.alerts import Alerts
from cortexctl.tui.widgets.banner import Banner
from cortexctl.tui.widgets.card import More
from cortexctl.tui.widgets.changes import Changes
from cortexctl.tui.widgets.decisions import Decisions
from cortexctl.tui.widgets.events import Events
from cortexctl.tui.widgets.gauges import Gauges
from cortexctl.tui.widgets.inspections import Inspections
from cortexctl.tui.widgets.notes import Notes
from cortexctl.tui.widgets.rows import Rows
from cortexctl.tui.widgets.verdict import Verdict
from probed.wire.status import StatusShape


class Overview(Screen[None], Live):
    BINDINGS: ClassVar[list[BindingType]] = [*keys.OVERVIEW]

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source
        self.snapshot = Snapshot()
        self._possible: set[str] = set()
        self.verdict, self.banner = Verdict(), Banner()
        self.decisions, self.alerts, self.events = Decisions(), Alerts(), Events()
        self.gauges, self.inspections, self.changes, self.notes = Gauges(), Inspections(), Changes(), Notes()
        self.first: tuple[Rows[Any], ...] = (self.decisions, self.alerts, self.events)
        self.second: tuple[Rows[Any], ...] = (self.gauges, self.inspections, self.changes, self.notes)
        self.list_for: dict[str, Rows[Any]] = {
            "approve": self.decisions,
            "reject": self.decisions,
            "acknowledge": self.alerts,
            "resolve": self.alerts,
            "run": self.inspections,
        }
        """Whose selected row an order is for, whatever has the focus."""

    def compose(self) -> ComposeResult:
        yield self.verdict
        yield self.banner
        yield Horizontal(Vertical(*self.first, id="first"), Vertical(*self.second, id="second"), id="body")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.alerts.focus()
        self.renew(self.source.snapshot)

    def items(self) -> Iterator[object]:
        """What something can be ordered for."""
        for rows in (self.decisions, self.alerts, self.inspections):
            yield from rows.items

    def renew(self, snapshot: Snapshot) -> None:
        is_first = self.snapshot.status is None
        self.snapshot = snapshot
        self.verdict.show(snapshot)
        self.banner.show(snapshot)
        if snapshot.status is None:
            return
        self.events.show(told(snapshot.events))
        self._renew_lists(snapshot, snapshot.status)
        if is_first and snapshot.status.decisions:
            self.decisions.focus()

    def tick(self) -> None:
        self.verdict.tick()
        self.banner.tick()
        for rows in (*self.first, *self.second):
            rows.tick()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None: the key is shown, and that there is nothing for it to do now."""
        return True if action != "order" or parameters[0] in self._possible else None

    def action_order(self, name: str) -> None:
        item = self._subject(name)
        if name in possible(item):
            ORDERS[name].give(self.app, item)

    def action_zoom(self) -> None:
        if isinstance(self.focused, Rows) and not self.has_class("-zoom"):
            self._zoom(self.focused)
        else:
            self.action_unzoom()

    def action_unzoom(self) -> None:
        self._zoom(None)

    def _zoom(self, only: Rows[Any] | None) -> None:
        """One list on the whole screen; None: all of them."""
        self.set_class(only is not None, "-zoom")
        for column, lists in (("#first", self.first), ("#second", self.second)):
            self.query_one(column).set_class(only is not None and only not in lists, "-other")
            for rows in lists:
                rows.zoom(rows is only)

    def on_rows_cursor_moved(self) -> None:
        self._renew_bindings()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        item, subject = event.item, SUBJECTS[type(event.item)]
        bindings = {name: ORDERS[name].binding for name in possible(item)}
        details = Details(subject.noun, subject.fields(item), bindings, self._more(subject, item))
        self.app.push_screen(details, lambda name: ORDERS[name].give(self.app, item) if name else None)

    def _more(self, subject: Subject, item: object) -> More | None:
        ask = subject.more
        return None if ask is None else lambda: self.source.ask(lambda daemon: ask(daemon, item))

    def _subject(self, order: str) -> object:
        return self.list_for[order].current

    def _renew_lists(self, snapshot: Snapshot, status: StatusShape) -> None:
        self.decisions.show(status.decisions, waiting_decisions(status))
        self.alerts.show(snapshot.alerts, open_alerts(status))
        self.gauges.show(status.gauges)
        self.inspections.show(reporters(status))
        self.changes.show([Note(change) for change in status.recent_changes])
        self.notes.show(notes(status))
        self._renew_bindings()

    def _renew_bindings(self) -> None:
        """Only when something else is possible now: the footer is built anew."""
        orders = {name for name in ORDERS if name in possible(self._subject(name))}
        if orders != self._possible:
            self._possible = orders
            self.refresh_bindings()

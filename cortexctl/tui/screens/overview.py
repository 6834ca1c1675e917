"""The host on one screen: what is wrong, what waits for a person, what happens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from cortexctl.failure import Failure
from cortexctl.overview import open_alerts, waiting_decisions
from cortexctl.tui import keys
from cortexctl.tui.event_words import told
from cortexctl.tui.history import read_histories
from cortexctl.tui.note import Note, notes
from cortexctl.tui.place import Place
from cortexctl.tui.reporter import reporters
from cortexctl.tui.screens.place import PlaceScreen
from cortexctl.tui.snapshot import Snapshot
from cortexctl.tui.source import Source
from cortexctl.tui.widgets.alerts import Alerts
from cortexctl.tui.widgets.changes import Changes
from cortexctl.tui.widgets.decisions import Decisions
from cortexctl.tui.widgets.events import Events
from cortexctl.tui.widgets.gauges import Gauges
from cortexctl.tui.widgets.inspections import Inspections
from cortexctl.tui.widgets.notes import Notes
from cortexctl.tui.widgets.rows import Rows
from cortexctl.tui.widgets.verdict import Verdict
from probed.wire.status import StatusShape

TRACE_EACH_S = 60.0


class Overview(PlaceScreen):
    BINDINGS: ClassVar[list[BindingType]] = [*keys.OVERVIEW]
    ORDERS = ("approve", "reject", "acknowledge", "silence", "resolve", "run")

    def __init__(self, place: Place, source: Source) -> None:
        super().__init__(place, source)
        self.verdict = Verdict()
        self._trace_at_s = 0.0
        self.decisions, self.alerts, self.events = Decisions(), Alerts(), Events()
        self.gauges, self.inspections, self.changes, self.notes = Gauges(), Inspections(), Changes(), Notes()
        self.first: tuple[Rows[Any], ...] = (self.decisions, self.alerts, self.events)
        self.second: tuple[Rows[Any], ...] = (self.gauges, self.inspections, self.changes, self.notes)
        self.list_for: dict[str, Rows[Any]] = {
            "approve": self.decisions,
            "reject": self.decisions,
            "acknowledge": self.alerts,
            "silence": self.alerts,
            "resolve": self.alerts,
            "run": self.inspections,
        }
        """Whose selected row an order is for, whatever has the focus."""

    def head(self) -> ComposeResult:
        yield self.verdict

    def content(self) -> ComposeResult:
        yield Horizontal(Vertical(*self.first, id="first"), Vertical(*self.second, id="second"), id="body")

    def on_mount(self) -> None:
        self.alerts.focus()

    def subject(self, order: str) -> object:
        return self.list_for[order].current

    def items(self) -> Iterator[object]:
        for rows in (self.decisions, self.alerts, self.inspections):
            yield from rows.items

    def renewed(self, before: Snapshot) -> None:
        self.verdict.show(self.snapshot)
        status = self.snapshot.status
        if status is None:
            return
        self.events.show(told(self.snapshot.events))
        self._renew_lists(status)
        self._trace()
        if before.status is None and status.decisions:
            self.decisions.focus()

    def tick(self) -> None:
        super().tick()
        self.verdict.tick()
        self._trace()

    def _trace(self) -> None:
        """The curves, now and then: they move slowly."""
        now_s = time.monotonic()
        status = self.snapshot.status
        if status and self.snapshot.failure is None and now_s >= self._trace_at_s and not self.dashboard.is_plain:
            self._trace_at_s = now_s + TRACE_EACH_S
            self._read_curves(status)

    @work(group="curves")
    async def _read_curves(self, status: StatusShape) -> None:
        try:
            self.gauges.trace(await self.source.ask(lambda daemon: read_histories(daemon, status.gauges)))
        except Failure:
            self._trace_at_s = 0.0  # the banner says it, and the next tick tries again

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

    def _renew_lists(self, status: StatusShape) -> None:
        self.decisions.show(status.decisions, waiting_decisions(status))
        self.alerts.show(self.snapshot.alerts, open_alerts(status))
        self.gauges.show(status.gauges)
        self.inspections.show(reporters(status))
        self.changes.show([Note(change) for change in status.recent_changes])
        self.notes.show(notes(status))

"""Alerts that belong together: what happened when, and the post-mortem to begin with."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from cortexctl.daemon import Daemon, Page
from cortexctl.tui import keys
from cortexctl.tui.screens.list_place import ListPlace, page_of
from cortexctl.tui.widgets.incident_rows import IncidentRows
from cortexctl.tui.widgets.paged_rows import PagedRows
from probed.wire.incident import IncidentShape


class IncidentsPlace(ListPlace[IncidentShape]):
    BINDINGS: ClassVar[list[BindingType]] = [*keys.INCIDENTS]
    ORDERS = ("export",)
    FOLLOWS = ("incident.", "alert.")
    ASKED: ClassVar[dict[str, tuple[str, ...]]] = {"state": ("open", "closed")}

    def make_rows(self) -> PagedRows[IncidentShape]:
        return IncidentRows()

    def read(self, daemon: Daemon, before: str | None, limit: int, **query: str) -> Page[IncidentShape]:
        return page_of(IncidentShape, daemon.incidents(before=before, limit=limit, **query))

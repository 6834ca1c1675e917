"""What Cortex changed on this host, and what can still be put back."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from cortexctl.daemon import Daemon, Page
from cortexctl.tui import keys
from cortexctl.tui.screens.list_place import ListPlace, page_of
from cortexctl.tui.widgets.change_rows import ChangeRows
from cortexctl.tui.widgets.paged_rows import PagedRows
from probed.wire.change import ChangeShape


class ChangesPlace(ListPlace[ChangeShape]):
    BINDINGS: ClassVar[list[BindingType]] = [*keys.CHANGES]
    ORDERS = ("confirm", "roll_back")
    FOLLOWS = ("change.",)

    def make_rows(self) -> PagedRows[ChangeShape]:
        return ChangeRows()

    def read(self, daemon: Daemon, before: str | None, limit: int, **query: str) -> Page[ChangeShape]:
        return page_of(ChangeShape, daemon.changes(before=before, limit=limit, **query))

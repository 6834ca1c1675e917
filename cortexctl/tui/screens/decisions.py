"""What waits for a person's yes or no, the worst first, and below it what was decided, the newest first."""

from __future__ import annotations

from typing import ClassVar, get_args

from textual.binding import BindingType

from cortexctl.daemon import Daemon, Page
from cortexctl.tui import keys
from cortexctl.tui.screens.list_place import ListPlace, page_of
from cortexctl.tui.source import RANK
from cortexctl.tui.widgets.decision_rows import DecisionRows
from cortexctl.tui.widgets.paged_rows import PagedRows
from probed.wire.decision import DecisionShape, DecisionState
from probed.wire.page import MAX_LIMIT


class DecisionsPlace(ListPlace[DecisionShape]):
    BINDINGS: ClassVar[list[BindingType]] = [*keys.DECISIONS]
    ORDERS = ("approve", "reject")
    FOLLOWS = ("decision.",)
    ASKED: ClassVar[dict[str, tuple[str, ...]]] = {"state": get_args(DecisionState)}

    def make_rows(self) -> PagedRows[DecisionShape]:
        return DecisionRows()

    def read(self, daemon: Daemon, before: str | None, limit: int, **query: str) -> Page[DecisionShape]:
        page: Page[DecisionShape] = page_of(DecisionShape, daemon.decisions(before=before, limit=limit, **query))
        if query:
            return page
        page.items = [decision for decision in page.items if decision.state != "waiting"]
        if before is None:
            waiting = page_of(DecisionShape, daemon.decisions(state="waiting", limit=MAX_LIMIT)).items
            page.items = [*sorted(waiting, key=most_urgent), *page.items]
        return page


def most_urgent(decision: DecisionShape) -> tuple[int, str]:
    """The worst first, and of them what expires first."""
    return RANK[decision.severity], decision.expires_at

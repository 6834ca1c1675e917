from __future__ import annotations

from collections.abc import Sequence

from cortexctl.text import call_text
from cortexctl.tui.calm import age, relative
from cortexctl.tui.cell import TONE_OF, Cell, longest
from cortexctl.tui.widgets.paged_rows import PagedRows
from probed.wire.change import ChangeShape

MOST_ACTION = 44
MOST_NAME = 16
WIDE = 100
"""From so many columns on there is room to say who let it, and what was seen afterwards."""


class ChangeRows(PagedRows[ChangeShape]):
    TITLE = "Changes"
    NOTHING = "Cortex has changed nothing"

    actions = names = 0
    """Columns that these take."""

    def measure(self) -> None:
        changes = list(self.paging.loaded())
        self.actions = longest(("action", *(call_text(item.action) for item in changes)), MOST_ACTION)
        self.names = longest(("by", *(item.by for item in changes)), MOST_NAME)

    def key(self, item: ChangeShape) -> str:
        return item.id

    def headings(self, width: int) -> Sequence[Cell]:
        return self._columns(("when", "class", "outcome", "action", "by", "what was seen"), ("", ""), width)

    def lines(self, item: ChangeShape, width: int) -> Sequence[Sequence[Cell]]:
        outcome = "rolled back" if item.rolled_back_at else item.outcome.replace("_", " ")
        revert_at = reverts_at(item)
        detail = f"put back {relative(revert_at)} unless confirmed" if revert_at else item.detail
        texts = (age(item.started_at), item.change_class, outcome, call_text(item.action), item.by, detail)
        tone = "muted" if item.rolled_back_at else TONE_OF.get(item.outcome, "muted")
        return [self._columns(texts, (tone, "warning" if revert_at else ""), width)]

    def _columns(self, texts: Sequence[str], tones: tuple[str, str], width: int) -> list[Cell]:
        when, class_, outcome, action, by, detail = texts
        outcome_tone, detail_tone = tones
        line = [
            Cell(when, "muted", 6, is_right=True),
            Cell(class_, "muted", 5),
            Cell(outcome, outcome_tone, 12),
            Cell(action, width=self.actions if width >= WIDE else None),
        ]
        if width >= WIDE:
            line += [Cell(by, "muted", self.names), Cell(detail, detail_tone, gap=0)]
        return line


def reverts_at(change: ChangeShape) -> str | None:
    """When it is put back, unless somebody confirms it."""
    return None if change.confirmed_by or change.rolled_back_at else change.revert_at

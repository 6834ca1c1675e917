from __future__ import annotations

from collections.abc import Sequence

from cortexctl import times
from cortexctl.text import call_text
from cortexctl.times import duration, moment
from cortexctl.tui.calm import relative
from cortexctl.tui.cell import TONE_OF, Cell, longest
from cortexctl.tui.widgets.paged_rows import PagedRows
from probed.wire.decision import DecisionShape

MOST_ACTION = 44
MOST_NAME = 16
WIDE = 100
"""From so many columns on there is room to say why it is asked, and who decided."""


class DecisionRows(PagedRows[DecisionShape]):
    TITLE = "Decisions"
    NOTHING = "no such decisions"

    actions = deciders = 0
    """Columns that these take."""

    def measure(self) -> None:
        decisions = list(self.paging.loaded())
        self.actions = longest(("action", *(call_text(item.action) for item in decisions)), MOST_ACTION)
        self.deciders = longest(("decided by", *(item.decided_by for item in decisions)), MOST_NAME)

    def key(self, item: DecisionShape) -> str:
        return item.id

    def headings(self, width: int) -> Sequence[Cell]:
        return self._columns(("severity", "state", "when", "action", "why", "decided by"), ("", "", ""), width)

    def lines(self, item: DecisionShape, width: int) -> Sequence[Sequence[Cell]]:
        state = item.state.replace("_", " ")
        texts = (item.severity, state, when(item), call_text(item.action), item.summary, item.decided_by)
        tones = (TONE_OF.get(item.state, "muted"), "muted", "muted")
        if item.state == "waiting":
            tones = (item.severity, "strong", "")
        return [self._columns(texts, tones, width)]

    def _columns(self, texts: Sequence[str], tones: tuple[str, str, str], width: int) -> list[Cell]:
        severity, state, at, action, why, decider = texts
        state_tone, action_tone, why_tone = tones
        line = [
            Cell(severity, state_tone, 8),
            Cell(state, state_tone, 11),
            Cell(at, "muted", 11, is_right=True),
            Cell(action, action_tone, self.actions if width >= WIDE else None),
        ]
        if width >= WIDE:
            line += [Cell(why, why_tone), Cell(decider, "muted", self.deciders, gap=0)]
        return line


def when(decision: DecisionShape) -> str:
    """Until it expires, or since it was decided."""
    if decision.state == "waiting":
        return f"{duration((moment(decision.expires_at) - times.now()).total_seconds())} left"
    return relative(decision.decided_at or decision.created_at)

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from cortexctl.failure import Failure
from cortexctl.tui.cell import TONE_OF, plain
from cortexctl.tui.fields import Fields

NOT_OF_A_CLASS = re.compile(r"[^a-z0-9-]+")
More = Callable[[], Awaitable[Fields]]
"""What has to be asked of the daemon first."""


class Card(VerticalScroll, can_focus=False):
    """Names and values below each other; values may have many lines."""

    def __init__(self, fields: Fields, more: More | None = None) -> None:
        super().__init__()
        self.fields, self.more = fields, more

    def compose(self) -> ComposeResult:
        yield from map(field_row, shown(self.fields))

    def on_mount(self) -> None:
        if self.more:
            self._load(self.more)

    @work
    async def _load(self, more: More) -> None:
        try:
            fields = await more()
        except Failure as failure:
            fields = [("the rest", failure.message)]
        self.mount_all(map(field_row, shown(fields)))


def shown(fields: Fields) -> Fields:
    return [(name, value) for name, value in fields if value not in ("", None)]


def field_row(field: tuple[str, object]) -> Horizontal:
    name, value = field
    text = Static(
        plain(value), classes=f"card--value -{TONE_OF.get(str(value), 'none')} -{NOT_OF_A_CLASS.sub('-', name)}"
    )
    return Horizontal(Static(plain(name), classes="card--name"), text, classes="card--row")

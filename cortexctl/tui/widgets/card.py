from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from cortexctl.tui.cell import TONE_OF, plain
from cortexctl.tui.fields import Fields


class Card(VerticalScroll, can_focus=False):
    """Names and values below each other; values may have many lines."""

    def __init__(self, fields: Fields) -> None:
        super().__init__()
        self.fields = fields

    def compose(self) -> ComposeResult:
        yield from map(field_row, shown(self.fields))

    def add(self, fields: Fields) -> None:
        self.mount_all(map(field_row, shown(fields)))


def shown(fields: Fields) -> Fields:
    return [(name, value) for name, value in fields if value not in ("", None)]


def field_row(field: tuple[str, object]) -> Horizontal:
    name, value = field
    text = Static(plain(value), classes=f"card--value -{TONE_OF.get(str(value), 'none')} -{name.replace(' ', '-')}")
    return Horizontal(Static(plain(name), classes="card--name"), text, classes="card--row")

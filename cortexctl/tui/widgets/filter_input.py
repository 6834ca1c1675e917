from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input


class FilterInput(Input):
    """Where the filter is typed. Shown while something stands there, or is about to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # with priority, so that a key that is typed right behind it goes to the rows
        Binding("enter", "done", "Done", show=False, priority=True, id="filter.done", tooltip="Back to the rows"),
    ]

    def __init__(self, hint: str, rows: Widget) -> None:
        super().__init__(compact=True, id="filter", placeholder=hint)
        self.rows = rows

    def begin(self) -> None:
        self.add_class("-shown")
        self.focus()

    def end(self) -> None:
        """With nothing in it."""
        self.value = ""
        self.action_done()

    def action_done(self) -> None:
        self.screen.set_focus(self.rows)

    def on_blur(self) -> None:
        self.set_class(bool(self.value.strip()), "-shown")

    def on_input_changed(self) -> None:
        if not self.has_focus:
            self.on_blur()

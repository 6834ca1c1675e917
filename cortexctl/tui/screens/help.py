"""What the keys do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from cortexctl.tui import keys
from cortexctl.tui.cell import plain
from cortexctl.tui.screens.dialog import Dialog


class Help(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,q", "leave", "Close", show=False, id="help.leave", tooltip="Close"),
    ]

    def __init__(self, bindings: Iterable[Binding], place: str = "") -> None:
        """`bindings` in force: a person may have given them other keys. `place`: what they are for."""
        super().__init__(f"{place}: keys" if place else "Keys")
        known = list(bindings)
        self.bindings = [binding for binding in known if binding.show]
        self.bindings += [binding for binding in known if (binding.id or "").startswith("go.")]

    def content(self) -> ComposeResult:
        with VerticalScroll(classes="help", can_focus=False):
            for binding in self.bindings:
                yield key_row(self.app.get_key_display(binding), binding.description, binding.tooltip)
            for key, description, tooltip in keys.MOVING:
                yield key_row(key, description, tooltip)


def key_row(key: str, description: str, tooltip: str) -> Horizontal:
    return Horizontal(
        Static(plain(key), classes="help--key"),
        Static(plain(description), classes="help--name"),
        Static(plain(tooltip), classes="help--what"),
        classes="help--row",
    )

"""Everything about one row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from cortexctl.tui import keys
from cortexctl.tui.fields import Fields
from cortexctl.tui.screens.dialog import Choice, Dialog
from cortexctl.tui.widgets.card import Card, More

OFFERED = (keys.APPROVE, keys.REJECT, keys.ACKNOWLEDGE, keys.RESOLVE, keys.RUN)


class Details(Dialog[str]):
    """Gives back the name of the order that was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [keys.choosing(binding) for binding in OFFERED]

    def __init__(self, heading: str, fields: Fields, bindings: Mapping[str, Binding], more: More | None) -> None:
        """`bindings`: what can be ordered, by the order's name."""
        choices = (Choice(name, binding.description, binding.key) for name, binding in bindings.items())
        super().__init__(heading, *choices)
        self.fields = fields
        self.more = more

    def content(self) -> ComposeResult:
        yield Card(self.fields, self.more)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "choose" or parameters[0] in {choice.id for choice in self.choices}

    def choose(self, choice: str) -> None:
        self.dismiss(choice)

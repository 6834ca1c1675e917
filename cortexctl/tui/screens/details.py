"""Everything about one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Label

from cortexctl.tui import keys
from cortexctl.tui.cell import plain
from cortexctl.tui.fields import Fields
from cortexctl.tui.screens.dialog import Choice, Dialog
from cortexctl.tui.widgets.card import Card, More

OFFERED = (
    keys.APPROVE,
    keys.REJECT,
    keys.ACKNOWLEDGE,
    keys.SILENCE,
    keys.RESOLVE,
    keys.RUN,
    keys.EXPORT,
    keys.CONFIRM,
    keys.ROLL_BACK,
)


class Details(Dialog[str]):
    """Gives back the name of the order that was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [keys.choosing(binding) for binding in OFFERED]

    def __init__(
        self,
        heading: str,
        fields: Fields,
        bindings: Mapping[str, Binding],
        more: More | None,
        refused: Sequence[str] = (),
    ) -> None:
        """`bindings`: what can be ordered, by the order's name; `refused`: why nothing else can."""
        choices = (Choice(name, binding.description, binding.key) for name, binding in bindings.items())
        super().__init__(heading, *choices)
        self.fields = fields
        self.more = more
        self.refused = refused

    def content(self) -> ComposeResult:
        yield Card(self.fields, self.more)
        for why in self.refused:
            yield Label(plain(why), classes="dialog--remark")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "choose" or parameters[0] in {choice.id for choice in self.choices}

    def choose(self, choice: str) -> None:
        self.dismiss(choice)

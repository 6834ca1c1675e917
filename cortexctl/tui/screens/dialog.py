"""How a question or a card looks that stands before the overview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Label

from cortexctl.tui.cell import plain

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    label: str
    key: str
    """The key that does the same as the button, as it is shown."""
    kind: str = ""
    """`go` or `stop`: how the button looks."""


class Dialog(ModalScreen[Result | None], Generic[Result]):
    """The last choice is the harmless one: it has the focus, and Escape means it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Close", id="dialog.leave", tooltip="Close, nothing is done"),
        Binding("up", "scroll(-1)", "Up", show=False, id="dialog.up", tooltip="Scroll up"),
        Binding("down", "scroll(1)", "Down", show=False, id="dialog.down", tooltip="Scroll down"),
        Binding("pageup", "scroll(-10)", "Page up", show=False, id="dialog.page-up", tooltip="Scroll up"),
        Binding("pagedown", "scroll(10)", "Page down", show=False, id="dialog.page-down", tooltip="Scroll down"),
        # with priority, so that what is typed right behind it goes to the next field
        Binding("tab", "app.focus_next", "Next", show=False, priority=True, id="dialog.field", tooltip="Next field"),
        Binding("left", "app.focus_previous", "Previous", show=False, id="dialog.previous", tooltip="Previous button"),
        Binding("right", "app.focus_next", "Next", show=False, id="dialog.next", tooltip="Next button"),
    ]

    def __init__(self, heading: str, *choices: Choice, leave: str = "Close") -> None:
        super().__init__()
        self.heading = heading
        self.choices = (*choices, Choice("leave", leave, "Esc"))

    def content(self) -> ComposeResult:
        raise NotImplementedError

    def choose(self, choice: str) -> None:
        """Any but the harmless one."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(plain(self.heading), classes="dialog--heading")
            yield from self.content()
            with Horizontal(classes="dialog--choices"):
                for choice in self.choices:
                    label = plain(f"{choice.label}  {choice.key}")
                    yield Button(label, id=choice.id, classes=f"-{choice.kind}" if choice.kind else "", compact=True)

    def on_mount(self) -> None:
        if self.query(Button):  # none where the dashboard is left meanwhile
            self.first_focus().focus()

    def first_focus(self) -> Widget:
        return self.query_one("#leave", Button)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id in (None, "leave"):
            self.action_leave()
        else:
            self.action_choose(event.button.id)

    def action_scroll(self, by: int) -> None:
        for scroll in self.query(VerticalScroll):
            scroll.scroll_relative(y=by, animate=False)

    def action_choose(self, choice: str) -> None:
        if not self.query_one(f"#{choice}", Button).disabled:
            self.choose(choice)

    def action_leave(self) -> None:
        self.dismiss(None)

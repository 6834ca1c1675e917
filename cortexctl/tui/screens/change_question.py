"""The question before a change is put back, or stays."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Label

from cortexctl.text import call_text
from cortexctl.tui.cell import plain
from cortexctl.tui.screens.dialog import Choice, Dialog
from probed.wire.change import ChangeShape


class ChangeQuestion(Dialog[ChangeShape]):
    """Gives back the change where the answer is yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "choose('yes')", "Yes", id="change.yes", tooltip="Do what is asked"),
    ]

    def __init__(self, change: ChangeShape, heading: str, remark: str, yes: str, kind: str) -> None:
        super().__init__(heading, Choice("yes", yes, "y", kind), leave="Not now")
        self.change, self.remark = change, remark

    def content(self) -> ComposeResult:
        yield Label(plain(call_text(self.change.action)), classes="dialog--subject")
        yield Label(plain(self.change.impact or self.change.detail))
        yield Label(self.remark, classes="dialog--remark")

    def choose(self, choice: str) -> None:
        self.dismiss(self.change)


def shall_be_put_back(change: ChangeShape) -> ChangeQuestion:
    return ChangeQuestion(change, "Put this back?", "What it changed becomes as it was before.", "Roll back", "stop")


def shall_stay(change: ChangeShape) -> ChangeQuestion:
    remark = "Then it is no longer put back by itself when its time is over."
    return ChangeQuestion(change, "Does this stay?", remark, "It stays", "go")

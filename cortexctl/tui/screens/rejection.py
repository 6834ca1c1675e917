"""The question before an action is turned down."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Input, Label

from cortexctl.text import call_text
from cortexctl.tui.cell import plain
from cortexctl.tui.screens.dialog import Choice, Dialog
from probed.wire.decision import DecisionShape

MOST_LETTERS = 2000
"""The daemon takes no longer note."""


class Rejection(Dialog[str]):
    """Gives back the note, perhaps an empty one."""

    def __init__(self, decision: DecisionShape) -> None:
        super().__init__("Reject this?", Choice("reject", "Reject", "Enter", "stop"), leave="Not now")
        self.decision = decision

    def content(self) -> ComposeResult:
        yield Label(plain(call_text(self.decision.action)), classes="dialog--subject")
        yield Label(plain(self.decision.summary))
        yield Label("It is not executed; a person is told of the problem instead.", classes="dialog--remark")
        yield Input(placeholder="why not (kept with the decision)", max_length=MOST_LETTERS, compact=True)

    def first_focus(self) -> Widget:
        return self.query_one(Input)

    def on_input_submitted(self) -> None:
        self.choose("reject")

    def choose(self, choice: str) -> None:
        self.dismiss(self.query_one(Input).value.strip())

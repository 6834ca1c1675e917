"""The question before an action is let go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Button, Input, Label

from cortexctl.overview import waiting_decisions
from cortexctl.text import TYPED, one_line
from cortexctl.tui import fields
from cortexctl.tui.live import Live
from cortexctl.tui.screens.dialog import Choice, Dialog
from cortexctl.tui.snapshot import Snapshot
from cortexctl.tui.widgets.card import Card, More
from probed.wire.decision import DecisionShape
from probed.wire.status import StatusShape

GONE = "It no longer waits as it is shown here: nothing can be approved."


@dataclass(frozen=True, slots=True)
class Yes:
    decision: DecisionShape
    """As it was shown: its hash is what the approval is good for."""
    confirmation: str = ""
    """What was typed, where that is asked for."""


class Approval(Dialog[Yes], Live):
    """Where the approval is typed, the button stays dead until the object's name stands there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "choose('approve')", "Approve", id="approval.yes", tooltip="Let exactly this be executed, once"),
    ]

    def __init__(self, decision: DecisionShape, more: More) -> None:
        self.decision, self.more = decision, more
        self.is_typed = decision.approval in TYPED
        self.is_gone = False
        yes = Choice("approve", "Approve", "Enter" if self.is_typed else "y", "go")
        super().__init__("Approve exactly this, once?", yes, leave="Not now")

    def content(self) -> ComposeResult:
        yield Card(fields.of_decision(self.decision), self.more)
        yield Label(GONE, id="gone")
        if self.is_typed:
            yield Input(placeholder=one_line(f"type {self.decision.object} to approve"), compact=True)

    def on_mount(self) -> None:
        super().on_mount()
        self._allow()

    def first_focus(self) -> Widget:
        return self.query_one(Input) if self.is_typed else super().first_focus()

    def on_input_changed(self) -> None:
        self._allow()

    def on_input_submitted(self) -> None:
        self.action_choose("approve")

    def choose(self, choice: str) -> None:
        self.dismiss(Yes(self.decision, self._typed()))

    def renew(self, snapshot: Snapshot) -> None:
        if snapshot.status is None:
            return
        self.is_gone = is_gone(self.decision, snapshot.status)
        self.query_one("#gone").set_class(self.is_gone, "-shown")
        self._allow()

    def _typed(self) -> str:
        return self.query_one(Input).value.strip() if self.is_typed else ""

    def _allow(self) -> None:
        is_confirmed = not self.is_typed or self._typed() == self.decision.object
        self.query_one("#approve", Button).disabled = self.is_gone or not is_confirmed


def is_gone(shown: DecisionShape, status: StatusShape) -> bool:
    """Where more wait than the status names, the daemon itself says no to one that is gone."""
    hashes = {decision.id: decision.hash for decision in status.decisions}
    if shown.id in hashes:
        return hashes[shown.id] != shown.hash
    return waiting_decisions(status) <= len(status.decisions)

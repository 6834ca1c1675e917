"""The question before an action is let go."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, Label

from cortexctl.tui import fields
from cortexctl.tui.live import Live
from cortexctl.tui.screens.dialog import Choice, Dialog
from cortexctl.tui.snapshot import Snapshot
from cortexctl.tui.widgets.card import Card
from probed.wire.decision import DecisionShape

GONE = "It no longer waits as it is shown here: nothing can be approved."


class Approval(Dialog[DecisionShape], Live):
    """Gives back the decision as it was shown: its hash is what the approval is good for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "choose('approve')", "Approve", id="approval.yes", tooltip="Let exactly this be executed, once"),
    ]

    def __init__(self, decision: DecisionShape) -> None:
        super().__init__("Approve exactly this, once?", Choice("approve", "Approve", "y", "go"), leave="Not now")
        self.decision = decision

    def content(self) -> ComposeResult:
        yield Card(fields.of_decision(self.decision))
        yield Label(GONE, id="gone")

    def choose(self, choice: str) -> None:
        self.dismiss(self.decision)

    def renew(self, snapshot: Snapshot) -> None:
        if snapshot.status is None:
            return
        waiting = {(decision.id, decision.hash) for decision in snapshot.status.decisions}
        is_gone = (self.decision.id, self.decision.hash) not in waiting
        self.query_one("#gone").set_class(is_gone, "-shown")
        self.query_one("#approve", Button).disabled = is_gone

"""The question before an alert is declared over."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Label

from cortexctl.tui.cell import plain
from cortexctl.tui.screens.dialog import Choice, Dialog
from probed.wire.alert import AlertShape


class Resolution(Dialog[AlertShape]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "choose('resolve')", "It is over", id="resolution.yes", tooltip="The alert is over"),
    ]

    def __init__(self, alert: AlertShape) -> None:
        super().__init__("Is this over?", Choice("resolve", "It is over", "y", "go"), leave="Not yet")
        self.alert = alert

    def content(self) -> ComposeResult:
        yield Label(plain(self.alert.summary), classes="dialog--subject")
        yield Label("If it is found again, it is a new alert.", classes="dialog--remark")

    def choose(self, choice: str) -> None:
        self.dismiss(self.alert)

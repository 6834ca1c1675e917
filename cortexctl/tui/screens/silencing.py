"""How long an alert is not told, and why."""

from __future__ import annotations

from dataclasses import dataclass

import typer
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Button, Input, Label

from cortexctl.spans import seconds
from cortexctl.tui.cell import plain
from cortexctl.tui.screens.dialog import Choice, Dialog
from probed.wire.alert import AlertShape

MOST_LETTERS = 2000
"""The daemon takes no longer comment."""
USUAL = "2h"


@dataclass(frozen=True, slots=True)
class Wish:
    for_s: float | None
    """None: until it resolves."""
    comment: str


class Silencing(Dialog[Wish]):
    def __init__(self, alert: AlertShape) -> None:
        super().__init__("Not tell this for a while?", Choice("silence", "Silence", "Enter", "go"), leave="Not now")
        self.alert = alert

    def content(self) -> ComposeResult:
        yield Label(plain(self.alert.summary), classes="dialog--subject")
        yield Label("30m, 2h, 1d …; empty: until it resolves", classes="dialog--remark", id="span-remark")
        yield Input(USUAL, placeholder="how long", id="span", compact=True)
        yield Input(placeholder="why (kept with the silence)", id="comment", max_length=MOST_LETTERS, compact=True)

    def first_focus(self) -> Widget:
        return self.query_one("#span", Input)

    def on_input_changed(self) -> None:
        self.query_one("#silence", Button).disabled = self._wish() is None

    def on_input_submitted(self) -> None:
        self.action_choose("silence")

    def choose(self, choice: str) -> None:
        self.dismiss(self._wish())

    def _wish(self) -> Wish | None:
        """None while the span is none."""
        text = self.query_one("#span", Input).value.strip()
        try:
            for_s = seconds(text) if text else None
        except typer.BadParameter:
            return None
        return Wish(for_s, self.query_one("#comment", Input).value.strip())

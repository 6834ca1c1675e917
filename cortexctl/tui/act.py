from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.message import Message

from cortexctl.daemon import Daemon


class Act(Message):
    """Something is to be changed; the app asks the daemon and tells how it went."""

    def __init__(self, order: Callable[[Daemon], Any], done: Callable[[Any], str], awaits: str = "") -> None:
        """`done` says the daemon's answer in words; `awaits` is the decision whose outcome is told when it comes."""
        super().__init__()
        self.order, self.done, self.awaits = order, done, awaits

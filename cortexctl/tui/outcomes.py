"""What became of the actions that were approved here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from cortexctl.tui import event_words
from probed.wire.event import EventShape

Loudness = Literal["information", "warning", "error"]

ENDS: dict[str, Loudness] = {"verified": "information", "failed": "error"}
"""States that an approved decision ends in, and how loudly that is said."""


class Outcomes:
    def __init__(self) -> None:
        self._awaited: set[str] = set()

    def expect(self, decision_id: str) -> None:
        self._awaited.add(decision_id)

    def told(self, events: Iterable[EventShape]) -> Iterator[tuple[Loudness, str]]:
        """How loudly, and in words: each outcome once."""
        if not self._awaited:
            return
        for event in events:
            ended = ENDS.get(str(event.data.get("state")))
            if event.type == "decision.changed" and event.subject in self._awaited and ended:
                self._awaited.remove(event.subject)
                yield ended, event_words.words(event)

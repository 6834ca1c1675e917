"""Storms: above so many messages in a period further ones are gathered into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from probed.core.card import Card, CardKind
from probed.core.phrases import say

GATHERED = frozenset({CardKind.ALERT, CardKind.RESOLVED, CardKind.NOTICE})
"""Questions and digests always go out."""
GATHERED_TOGETHER = "storm"
"""The subject of the one message."""
MOST_LISTED = 500
LONGEST_LINE = 500
"""Characters."""


@dataclass(frozen=True, slots=True)
class StormLimit:
    messages: int = 20
    period_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Storm:
    """What is being gathered for one recipient."""

    recipient: str
    held: int
    """Messages so far."""
    until: datetime
    """When they go out as one."""

    @property
    def words(self) -> str:
        """For the status."""
        return f"{self.held} more messages to {self.recipient} are told together at {self.until:%H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Gathered:
    """A message that was not sent by itself."""

    subject: str
    line: str


def can_be_gathered(card: Card) -> bool:
    """A program is told everything: it has no trouble with many messages."""
    return card.kind in GATHERED and card.notification is None


def line_of(card: Card, now: datetime) -> str:
    """What of it stands in the one message, as far as a line goes: of a group each alert, of a notice what it says."""
    titles = [section.title for section in card.sections if section.title]
    named = f": {'; '.join(titles)}" if len(titles) > 1 else ""
    if not titles and card.sections and card.sections[0].lines:
        named = f" ({card.sections[0].lines[0]})"
    line = f"{now:%H:%M} UTC: {card.title}{named}"
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"


def listed(lines: Sequence[str]) -> Sequence[str]:
    """The newest as far as one message goes; nothing is lost, for the alerts are kept."""
    hidden = len(lines) - MOST_LISTED
    return (
        lines
        if hidden <= 0
        else [
            say("{count} older ones: {command}", count=hidden, command="cortexctl alerts list"),
            *lines[-MOST_LISTED:],
        ]
    )

"""What a person may ask in a chat."""

from __future__ import annotations

from typing import Protocol

from probed.core.card import Card
from probed.core.decision import Decision


class Answers(Protocol):
    """Each answer is a card for a face to show; lists are pages, with a button `more` where they go on."""

    async def status(self) -> Card: ...

    async def alerts(self, start: str = "") -> Card:
        """Those that are open, the worst first. `start`: what the button `more` said."""

    async def decisions(self, start: str = "") -> Card:
        """Those that wait."""

    async def runs(self, start: str = "") -> Card:
        """The newest first."""

    async def decision(self, decision_id: str) -> Decision:
        """The record itself. Raises as `details` does."""

    async def details(self, subject: str) -> Card:
        """Of an alert or a decision. Raises NotFound, Conflict where the id is not whole enough."""

    async def dry_run(self, decision_id: str) -> Card:
        """What exactly would change. Raises as `details` does."""

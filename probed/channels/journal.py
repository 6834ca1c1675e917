"""The daemon's log as a channel: without any other somebody is told at least there."""

from __future__ import annotations

from collections.abc import Mapping

from loguru import logger

from probed.core.card import Card

LEVELS = {"critical": "ERROR", "warning": "WARNING"}


class JournalChannel:
    name = kind = "journal"
    is_program = False
    can_edit = False

    async def turn(self) -> None:
        """The log takes lines at any time."""

    async def send(
        self, card: Card, message_id: str, *, repeated: bool, earlier: Mapping[str, object] | None
    ) -> Mapping[str, object]:
        mark = f"#{message_id[-6:]}" + (" (repeated)" if repeated else "")
        logger.log(LEVELS.get(card.severity, "INFO"), "{} {}", mark, card.as_text())
        return {}

"""The `telegram` section: messages to people, and their answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    api_url: str = "https://api.telegram.org"
    """Root of the Bot API server."""
    token_file: Path | None = None
    """File of mode 0600 that holds the bot's token; without it Telegram is off."""
    chat_id: int | None = None
    """The chat that gets the messages."""
    allowed_users: tuple[int, ...] = ()
    """Telegram user ids that may approve, reject and acknowledge; anybody else is told that it is not allowed."""

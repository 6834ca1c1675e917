"""The `telegram` section: messages to people, and their answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from probed.config.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    api_url: str = "https://api.telegram.org"
    """Root of the Bot API server."""
    token_file: Secret | None = None
    """File of mode 0600 that holds the bot's token; without it Telegram is off."""
    chat_id: int | None = None
    """A chat that gets the messages, beside those that are paired with `cortexctl telegram pair`."""
    allowed_users: tuple[int, ...] = ()
    """Telegram user ids that may approve, reject and acknowledge in these chats, beside the people who are paired;
    anybody else is told that it is not allowed."""
    templates: Path | None = None
    """Folder of message templates, `alert.txt` and the like; what it does not hold looks as it is shipped. Nobody but
    root and the daemon's own user may be able to change it."""

"""What is wrong with settings although each value by itself is right."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from probed.config.settings import Settings
from probed.config.telegram import TelegramSettings

MAX_SOCKET_BYTES = 107
"""The kernel's limit for the path of a Unix socket, without its closing zero."""

Contradiction = tuple[tuple[str, ...], str]
"""The keys that lead to the value, and what is wrong with it."""


def contradictions(settings: Settings) -> Iterator[Contradiction]:
    if reason := socket_path_problem(settings.api.socket):
        yield ("api", "socket"), reason
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", settings.alerts.digest_at, re.ASCII):
        yield ("alerts", "digest_at"), f"expected a time of day like 08:00, not {settings.alerts.digest_at!r}"
    for root in settings.actions.clean_files.roots:
        if not root.startswith("/"):
            yield ("actions", "clean_files", "roots"), f"expected absolute folders, not {root!r}"
    base_url = settings.agent.base_url
    if base_url is not None and (reason := url_problem(base_url, "https://example.org", "agent.api_key_file")):
        yield ("agent", "base_url"), reason
    yield from _telegram(settings.telegram)


def socket_path_problem(path: Path | None) -> str:
    size = len(os.fsencode(path)) if path else 0
    if size <= MAX_SOCKET_BYTES:
        return ""
    return f"the path of a socket has at most {MAX_SOCKET_BYTES} bytes, this one has {size}; choose a shorter one"


def _telegram(telegram: TelegramSettings) -> Iterator[Contradiction]:
    if reason := url_problem(telegram.api_url, "https://api.telegram.org", "telegram.token_file"):
        yield ("telegram", "api_url"), reason
    if telegram.chat_id is not None and telegram.token_file is None:
        yield ("telegram", "chat_id"), "is of no use without telegram.token_file, the file with the bot's token"
    if telegram.token_file is not None and telegram.chat_id is None:
        yield ("telegram", "token_file"), "is of no use without telegram.chat_id, the chat that gets the messages"


def url_problem(url: str, example: str, secret_key: str) -> str:
    """A URL is shown in logs and messages, so it holds no secret; `secret_key` names the setting that does."""
    if re.fullmatch(r"https?://[^\s/?#]+(/\S*)?", url) is None:
        return f"expected a URL like {example}"
    if "@" in url.split("/", 3)[2]:
        return f"a URL holds no user name and no password here; the secret belongs into the file {secret_key}"
    if "?" in url or "#" in url:
        return f"a URL ends with its path here, like {example}; the secret belongs into the file {secret_key}"
    return ""
